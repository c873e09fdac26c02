using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>The rate falls by the same factor in each step: α·γ^e after e epochs, possibly fractional. PyTorch's ExponentialLR, called after each step.</summary>
public sealed record ExponentialSchedule : WarmupSchedule
{
    /// <summary>γ, the share of the rate that is left after an epoch; between 0 and 1.</summary>
    public double LearningRateDecay { get; init; } = 0.5;

    /// <inheritdoc/>
    [JsonIgnore]
    public override ScheduleKind Kind => ScheduleKind.Exponential;

    /// <inheritdoc/>
    internal override void Check(double learningRate, int epochs)
    {
        base.Check(learningRate, epochs);
        RequireDecay(LearningRateDecay, 0.5);
    }

    /// <inheritdoc/>
    private protected override double AfterWarmup(double learningRate, long step, long steps, int stepsPerEpoch, IReadOnlyList<EpochRecord> finished) =>
        learningRate * Math.Pow(LearningRateDecay, (double)step / stepsPerEpoch);
}
