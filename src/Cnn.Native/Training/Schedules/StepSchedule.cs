using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>The rate falls every few epochs: α·γ^⌊e / s⌋ in epoch e, as PyTorch's StepLR.</summary>
public sealed record StepSchedule : WarmupSchedule
{
    /// <summary>s, the number of epochs, possibly fractional, after which the rate falls; greater than 0.</summary>
    public double StepEpochs { get; init; } = 1;

    /// <summary>γ, the factor by which the rate is then multiplied; between 0 and 1.</summary>
    public double LearningRateDecay { get; init; } = 0.1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override ScheduleKind Kind => ScheduleKind.Step;

    /// <inheritdoc/>
    internal override void Check(double learningRate, int epochs)
    {
        base.Check(learningRate, epochs);
        RequireDecay(LearningRateDecay, 0.1);
        TrainingOptions.Require(StepEpochs > 0 && double.IsFinite(StepEpochs), nameof(StepEpochs), StepEpochs, "It must be greater than 0; 1 lets the rate fall after each epoch.");
        double left = epochs - (WarmupEpochs ?? 0);
        RequireLength(
            StepEpochs < left, nameof(StepEpochs), StepEpochs, epochs,
            FormattableString.Invariant($"The rate would never fall: use a StepEpochs of less than {left}, or more Epochs."));
    }

    /// <inheritdoc/>
    private protected override double AfterWarmup(double learningRate, long step, long steps, int stepsPerEpoch, IReadOnlyList<EpochRecord> finished) =>
        learningRate * Math.Pow(LearningRateDecay, Math.Floor(step / (StepEpochs * stepsPerEpoch)));
}
