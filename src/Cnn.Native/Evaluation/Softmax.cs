namespace Cnn.Evaluation;

/// <summary>What logits say: which class, and how certain it is.</summary>
internal static class Softmax
{
    /// <summary>The index of the largest value; the first of equal ones, 0 where all are NaN.</summary>
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

    /// <summary>exp(xᵢ) / Σ exp(xⱼ) of each class, in double precision, the largest taken from all before the exponential.</summary>
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
}
