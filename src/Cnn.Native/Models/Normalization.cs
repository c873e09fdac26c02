using Cnn.Data;

namespace Cnn.Models;

/// <summary>
/// The transformation of the pixels before the first layer: (pixel / 255 − mean) / standard deviation, channel by channel. It is computed from the training
/// images and stays with the model.
/// </summary>
/// <param name="Mean">Mean of pixel / 255, one value for each channel.</param>
/// <param name="StandardDeviation">Standard deviation of pixel / 255, one value for each channel, greater than 0.</param>
public sealed record Normalization(IReadOnlyList<float> Mean, IReadOnlyList<float> StandardDeviation)
{
    /// <summary>Mean of pixel / 255, one value for each channel.</summary>
    public IReadOnlyList<float> Mean { get; } = Mean;

    /// <summary>Standard deviation of pixel / 255, one value for each channel, greater than 0.</summary>
    public IReadOnlyList<float> StandardDeviation { get; } = StandardDeviation;

    /// <summary>The normalisation that gives a set of images mean 0 and variance 1.</summary>
    /// <param name="images">The training images.</param>
    /// <returns>The normalisation; a constant channel is not scaled.</returns>
    public static Normalization Of(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ImageStatistics statistics = images.Statistics();
        return new Normalization(statistics.Mean, statistics.StandardDeviation.Select(deviation => deviation > 1e-6f ? deviation : 1).ToList().AsReadOnly());
    }

    /// <summary>The normalisation of an untrained model: pixel / 255.</summary>
    /// <param name="channels">Number of channels.</param>
    /// <returns>The normalisation.</returns>
    public static Normalization None(int channels) =>
        new(Enumerable.Repeat(0f, channels).ToList().AsReadOnly(), Enumerable.Repeat(1f, channels).ToList().AsReadOnly());

    /// <summary>The same normalisation with lists that nobody else can change.</summary>
    /// <returns>The copy.</returns>
    internal Normalization Copy() => new(Mean.ToList().AsReadOnly(), StandardDeviation.ToList().AsReadOnly());

    /// <summary>The factor of a pixel, one value for each channel.</summary>
    /// <returns>1 / (255 · standard deviation).</returns>
    public float[] Scale() => [.. StandardDeviation.Select(deviation => 1 / (255 * deviation))];

    /// <summary>The offset that is added after <see cref="Scale"/>, one value for each channel.</summary>
    /// <returns>−mean / standard deviation.</returns>
    public float[] Offset() => [.. Mean.Zip(StandardDeviation, (mean, deviation) => -mean / deviation)];
}
