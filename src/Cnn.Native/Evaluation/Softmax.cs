namespace Cnn.Evaluation;

/// <summary>Functions of logits: the predicted class and its probability.</summary>
internal static class Softmax
{
    /// <summary>The index of the largest value; the first of equal ones, 0 if all are NaN.</summary>
    public static int Largest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>exp(xᵢ) / Σ exp(xⱼ) of each class, in double precision; the largest logit is subtracted before the exponential.</summary>
    public static double[] Probabilities(ReadOnlySpan<float> logits)
    {
        double largest = logits[Largest(logits)];
        double[] result = new double[logits.Length];
        double sum = 0;
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Math.Exp(logits[i] - largest);
            sum += result[i];
        }

        for (int i = 0; i < result.Length; i++)
        {
            result[i] /= sum;
        }

        return result;
    }

    /// <summary>The probability of the most probable class; NaN if a logit is NaN.</summary>
    public static double Confidence(ReadOnlySpan<float> logits) => Math.Exp(logits[Largest(logits)] - LogSum(logits));

    /// <summary>
    /// The logarithm of the mean of the probabilities that several versions of one image give each class. It is computed in double precision and in log
    /// space, so no intermediate probability becomes 0. Softmax turns it back into the mean probabilities.
    /// </summary>
    /// <param name="logits">The logits of the first version.</param>
    /// <param name="stride">Floats from one version to the next.</param>
    /// <param name="looks">Number of versions.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="result">[class].</param>
    public static unsafe void LogMean(float* logits, int stride, int looks, int classes, float* result)
    {
        // For each class, over the versions so far: the largest logarithm, and the sum of the exponentials of the differences from it.
        double* largest = stackalloc double[classes];
        double* sum = stackalloc double[classes];
        new Span<double>(largest, classes).Fill(double.NegativeInfinity);
        new Span<double>(sum, classes).Clear();
        for (int look = 0; look < looks; look++, logits += stride)
        {
            double normalizer = LogSum(new ReadOnlySpan<float>(logits, classes));
            for (int c = 0; c < classes; c++)
            {
                double probability = logits[c] - normalizer;
                if (probability > largest[c])
                {
                    sum[c] = (sum[c] * Math.Exp(largest[c] - probability)) + 1;
                    largest[c] = probability;
                }
                else if (!double.IsNegativeInfinity(probability))
                {
                    sum[c] += Math.Exp(probability - largest[c]);
                }
            }
        }

        for (int c = 0; c < classes; c++)
        {
            result[c] = (float)(largest[c] + Math.Log(sum[c] / looks));
        }
    }

    /// <summary>ln Σ exp(xᵢ); the largest value is subtracted before the exponential.</summary>
    private static double LogSum(ReadOnlySpan<float> logits)
    {
        double largest = logits[Largest(logits)];
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return largest + Math.Log(sum);
    }
}
