using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift", 2015): (x − mean)
/// / √(variance + ε) · weight + bias, with one mean and variance for each channel. In training they are those of the batch, over all images, rows and
/// columns; the model keeps running means of them, which are used outside training.
/// </summary>
/// <param name="Momentum">The share of the running statistics that each batch replaces, as in PyTorch.</param>
/// <param name="Epsilon">The number that is added to a variance, so that a constant channel is not divided by 0.</param>
public sealed record BatchNormalization(double Momentum = 0.1, double Epsilon = 1e-5) : BatchLayer
{
    /// <summary>The share of the running statistics that each batch replaces, as in PyTorch.</summary>
    public double Momentum { get; } = Momentum;

    /// <summary>The number that is added to a variance, so that a constant channel is not divided by 0.</summary>
    public double Epsilon { get; } = Epsilon;

    // The statistics that are kept of a batch, one float for each channel.
    private const int Mean = 0;
    private const int InverseDeviation = 1;
    private const int Variance = 2;
    private const int Scale = 3;
    private const int Slope = 4;
    private const int Shift = 5;
    private const int WeightGradient = 6;
    private const int BiasGradient = 7;
    private const int Kept = 8;

    /// <inheritdoc/>
    public override string Kind => "batch normalization";

    /// <inheritdoc/>
    public override string Settings =>
        Momentum == 0.1 && Epsilon == 1e-5 ? "" : FormattableString.Invariant($"momentum {Momentum}, epsilon {Epsilon}");

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new BatchNormalization(
        settings.Number(nameof(Momentum), Momentum), settings.Number(nameof(Epsilon), Epsilon));

    /// <inheritdoc/>
    public override void CheckSettings()
    {
        if (!(Momentum > 0 && Momentum <= 1))
        {
            throw BadSetting(nameof(Momentum), Momentum, "It is the share of the running statistics that each batch replaces, and must be greater than 0 and at most 1: 0.1 is usual.");
        }

        if (!(Epsilon > 0 && Epsilon <= 1))
        {
            throw BadSetting(nameof(Epsilon), Epsilon, "It must be greater than 0 and at most 1: 0.00001 is usual.");
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDescription> Parameters(Shape input) =>
    [
        new("weight", [input.Channels], 0, Start: 1),
        new("bias", [input.Channels], 0),
        new("running_mean", [input.Channels], 0, IsTrained: false),
        new("running_var", [input.Channels], 0, Start: 1, IsTrained: false),
    ];

    /// <inheritdoc/>
    internal override int ScratchLength(KernelSet kernels, Shape input) => input.Channels;

    /// <inheritdoc/>
    internal override int GradientParts(Shape input) => input.Channels;

    /// <inheritdoc/>
    internal override int MeasurementLength(Shape input) => 2 * input.Channels;

    /// <inheritdoc/>
    internal override int StatisticsLength(Shape input) => Kept * input.Channels;

    /// <inheritdoc/>
    internal override unsafe void MeasureForward(in LayerPass pass)
    {
        int channels = pass.InputShape.Channels;
        pass.Kernels.ChannelMoments(PixelsOf(pass), channels, pass.Input, pass.Measurement, pass.Measurement + channels);
    }

    /// <inheritdoc/>
    internal override unsafe void CombineForward(in BatchPass batch)
    {
        int channels = batch.InputShape.Channels;
        int pixels = batch.InputShape.Height * batch.InputShape.Width;
        for (int channel = 0; channel < channels; channel++)
        {
            // Two parts with their own means are combined (Chan, Golub and LeVeque, 1979), in shard order.
            double count = 0;
            double mean = 0;
            double squares = 0;
            float* shard = batch.Measurements + channel;
            for (int first = 0; first < batch.Images; first += batch.ShardSize, shard += 2 * channels)
            {
                double more = (double)pixels * Math.Min(batch.ShardSize, batch.Images - first);
                double distance = shard[0] - mean;
                squares += shard[channels] + (distance * distance * count * more / (count + more));
                mean += distance * more / (count + more);
                count += more;
            }

            double inverse = 1 / Math.Sqrt((squares / count) + Epsilon);
            float* statistics = batch.Statistics + channel;
            statistics[Mean * channels] = (float)mean;
            statistics[InverseDeviation * channels] = (float)inverse;

            // The running variance is the estimate for all images, of which the batch is a sample.
            statistics[Variance * channels] = (float)(squares / (count - 1));
            statistics[Scale * channels] = (float)(inverse * batch.Weight[channel]);
        }
    }

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass)
    {
        int channels = pass.InputShape.Channels;
        float* mean = pass.RunningMean;
        float* scale = pass.Scratch;
        if (pass.IsTraining)
        {
            mean = pass.Statistics + (Mean * channels);
            scale = pass.Statistics + (Scale * channels);
        }
        else
        {
            for (int channel = 0; channel < channels; channel++)
            {
                scale[channel] = (float)(pass.Weight[channel] / Math.Sqrt(pass.RunningVariance[channel] + Epsilon));
            }
        }

        pass.Kernels.BatchNormalizationForward(PixelsOf(pass), channels, pass.Input, mean, scale, pass.Bias, pass.Output);
    }

    /// <inheritdoc/>
    internal override unsafe void MeasureBackward(in LayerPass pass)
    {
        int channels = pass.InputShape.Channels;
        pass.Kernels.ChannelProducts(
            PixelsOf(pass), channels, pass.Input, pass.Statistics + (Mean * channels), pass.OutputGradient, pass.Measurement, pass.Measurement + channels);
    }

    /// <inheritdoc/>
    internal override unsafe void CombineBackward(in BatchPass batch)
    {
        // With N values a channel, deviations d = x − mean and s = weight / deviation, the gradient of x is
        // s · (g − Σg / N − d · Σ(g · d) / (N · variance)); Ioffe and Szegedy derive the same in four steps.
        int channels = batch.InputShape.Channels;
        double count = (double)batch.Images * batch.InputShape.Height * batch.InputShape.Width;
        for (int channel = 0; channel < channels; channel++)
        {
            double sum = 0;
            double product = 0;
            float* shard = batch.Measurements + channel;
            for (int first = 0; first < batch.Images; first += batch.ShardSize, shard += 2 * channels)
            {
                sum += shard[0];
                product += shard[channels];
            }

            float* statistics = batch.Statistics + channel;
            double inverse = statistics[InverseDeviation * channels];
            double scale = statistics[Scale * channels];
            statistics[Slope * channels] = (float)(-scale * inverse * inverse * product / count);
            statistics[Shift * channels] = (float)(-scale * sum / count);
            statistics[WeightGradient * channels] = (float)(product * inverse);
            statistics[BiasGradient * channels] = (float)sum;
        }
    }

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            int channels = pass.InputShape.Channels;
            float* statistics = pass.Statistics;
            pass.Kernels.BatchNormalizationBackward(
                PixelsOf(pass),
                channels,
                pass.Input,
                pass.OutputGradient,
                statistics + (Mean * channels),
                statistics + (Scale * channels),
                statistics + (Slope * channels),
                statistics + (Shift * channels),
                pass.InputGradient);
        }
    }

    /// <inheritdoc/>
    internal override unsafe void ParameterGradient(in LayerPass pass, int first, int count)
    {
        float* statistics = pass.Statistics + first;
        int channels = pass.InputShape.Channels;
        new ReadOnlySpan<float>(statistics + (WeightGradient * channels), count).CopyTo(new Span<float>(pass.WeightGradient + first, count));
        new ReadOnlySpan<float>(statistics + (BiasGradient * channels), count).CopyTo(new Span<float>(pass.BiasGradient + first, count));
    }

    /// <inheritdoc/>
    internal override unsafe void UpdateRunningStatistics(in BatchPass batch)
    {
        int channels = batch.InputShape.Channels;
        for (int channel = 0; channel < channels; channel++)
        {
            float* statistics = batch.Statistics + channel;
            batch.RunningMean[channel] += (float)(Momentum * (statistics[Mean * channels] - batch.RunningMean[channel]));
            batch.RunningVariance[channel] += (float)(Momentum * (statistics[Variance * channels] - batch.RunningVariance[channel]));
        }
    }

    private static int PixelsOf(in LayerPass pass) => pass.Images * pass.InputShape.Height * pass.InputShape.Width;
}
