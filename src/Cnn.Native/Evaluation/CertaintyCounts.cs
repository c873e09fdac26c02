using System.Text.Json;
using Cnn.Memory;

namespace Cnn.Evaluation;

/// <summary>The counts over the probabilities of all images that checkpoints store.</summary>
/// <param name="Within">[k - 1]: for how many images the right class is among the k most probable ones.</param>
/// <param name="Counts">[bin]: predictions whose probability is in the bin.</param>
/// <param name="Correct">[bin]: how many of them are right.</param>
/// <param name="Confidence">[bin]: the sum of their probabilities.</param>
/// <param name="Images">Number of images.</param>
internal sealed record CertaintyCounts(int[] Within, int[] Counts, int[] Correct, double[] Confidence, int Images)
{
    /// <summary>The number of bins in Guo et al. (2017).</summary>
    private const int Bins = 15;
    private const int MostTop = 10;

    /// <summary>Counts over all images, in their order.</summary>
    /// <param name="labels">The label of each image.</param>
    /// <param name="predictions">The prediction for each image.</param>
    /// <param name="logits">[image][class].</param>
    /// <param name="classes">Number of classes.</param>
    /// <returns>The counts.</returns>
    public static CertaintyCounts Of(ReadOnlySpan<int> labels, ReadOnlySpan<int> predictions, NativeBuffer<float> logits, int classes)
    {
        var result = new CertaintyCounts(new int[Tops(classes)], new int[Bins], new int[Bins], new double[Bins], labels.Length);
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = logits.Span((long)i * classes, classes);
            for (int k = Rank(row, labels[i], predictions[i]); k < result.Within.Length; k++)
            {
                result.Within[k]++;
            }

            double confidence = Softmax.Confidence(row);
            if (!double.IsNaN(confidence))
            {
                int bin = Math.Clamp((int)Math.Ceiling(confidence * Bins) - 1, 0, Bins - 1);
                result.Counts[bin]++;
                result.Correct[bin] += labels[i] == predictions[i] ? 1 : 0;
                result.Confidence[bin] += confidence;
            }
        }

        return result;
    }

    /// <summary>The share of images whose class is among the most probable ones, for each number of classes.</summary>
    public TopAccuracy[] TopAccuracies() => [.. Within.Select((correct, k) => new TopAccuracy(k + 1, Images, correct))];

    /// <summary>The bins.</summary>
    public CalibrationBin[] CalibrationBins() =>
    [
        .. Enumerable.Range(0, Counts.Length).Select(bin => new CalibrationBin(
            (double)bin / Bins, (bin + 1.0) / Bins, Counts[bin], Correct[bin], Confidence[bin] / Counts[bin])),
    ];

    /// <summary>Σ |right - Σ probability| / images; NaN if a probability of an image is NaN.</summary>
    public double CalibrationError(int images) =>
        Counts.Sum() < images ? double.NaN : Enumerable.Range(0, Counts.Length).Sum(bin => Math.Abs(Correct[bin] - Confidence[bin])) / images;

    /// <summary>Checks the content of a file.</summary>
    /// <param name="classes">The classes of the model.</param>
    /// <param name="images">The images of the confusion matrix.</param>
    /// <param name="right">How many of them the matrix counts as right.</param>
    /// <exception cref="JsonException">The counts do not match this number of images.</exception>
    public void Check(int classes, long images, long right)
    {
        bool holds = Images == images
            && Within?.Length == Tops(classes)
            && Within[0] == right
            && Within[^1] <= images
            && Within.Zip(Within.Skip(1)).All(pair => pair.First <= pair.Second)
            && Counts?.Length == Bins
            && Correct?.Length == Bins
            && Confidence?.Length == Bins
            && Enumerable.Range(0, Bins).All(bin =>
                Correct[bin] >= 0 && Correct[bin] <= Counts[bin] && Confidence[bin] >= 0 && Confidence[bin] <= Counts[bin] * 1.000001)
            && Counts.Sum(count => (long)count) <= images;
        if (!holds)
        {
            throw new JsonException("the certainty counts do not match the confusion matrix.");
        }
    }

    private static int Tops(int classes) => Math.Min(MostTop, classes);

    /// <summary>The number of classes that are more probable than the right one; of equally probable classes, the first counts as more probable.</summary>
    private static int Rank(ReadOnlySpan<float> logits, int label, int prediction)
    {
        if (label == prediction)
        {
            return 0;
        }

        int rank = 0;
        for (int c = 0; c < logits.Length; c++)
        {
            // NaN counts as larger than any number: a right class with an unknown rank does not count as found.
            rank += c != label && (!(logits[c] <= logits[label]) || (logits[c] == logits[label] && c < label)) ? 1 : 0;
        }

        return Math.Max(1, rank);
    }
}
