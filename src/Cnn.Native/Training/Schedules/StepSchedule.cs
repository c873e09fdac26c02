using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>The rate falls every few epochs: α·γ^⌊e / s⌋ in epoch e, as PyTorch's StepLR.</summary>
public sealed record StepSchedule : WarmupSchedule
{
    /// <summary>s, after how many epochs, or parts of one, the rate falls; greater than 0.</summary>
    public double StepEpochs { get; init; } = 1;

    /// <summary>γ, what the rate is then multiplied by; between 0 and 1.</summary>
    public double LearningRateDecay { get; init; } = 0.1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override ScheduleKind Kind => ScheduleKind.Step;

    /// <inheritdoc/>
    internal override void Check(double learningRate, int epochs)
    {
        base.Check(learningRate, epochs);
        RequireDecay(LearningRateDecay, 0.1);
        TrainingOptions.Require(StepEpochs > 0 && double.IsFinite(StepEpochs), nameof(StepEpochs), StepEpochs, "It is greater than 0; 1 lets the rate fall after each epoch.");
        double left = epochs - (WarmupEpochs ?? 0);
        RequireLength(
            StepEpochs < left, nameof(StepEpochs), StepEpochs, epochs,
            FormattableString.Invariant($"The rate would never fall: use a StepEpochs of less than {left}, or more Epochs."));
    }

    /// <inheritdoc/>
    private protected override double AfterWarmup(double learningRate, long step, long steps, int stepsPerEpoch, IReadOnlyList<EpochRecord> finished) =>
        learningRate * Math.Pow(LearningRateDecay, Math.Floor(step / (StepEpochs * stepsPerEpoch)));
}
