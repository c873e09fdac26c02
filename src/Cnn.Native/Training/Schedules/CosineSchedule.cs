using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>
/// The rate falls along half a cosine, slowly at both ends, from the learning rate to the final one at the end of the training
/// (Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, equation 5, without restarts; PyTorch's CosineAnnealingLR).
/// </summary>
public sealed record CosineSchedule : WarmupSchedule
{
    /// <summary>The rate at the end of the training; at least 0 and at most the learning rate.</summary>
    public double FinalLearningRate { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ScheduleKind Kind => ScheduleKind.Cosine;

    /// <inheritdoc/>
    [JsonIgnore]
    internal override bool DependsOnEpochs => true;

    /// <inheritdoc/>
    internal override void Check(double learningRate, int epochs)
    {
        base.Check(learningRate, epochs);
        RequireFinal(FinalLearningRate, learningRate);
    }

    /// <inheritdoc/>
    private protected override double AfterWarmup(double learningRate, long step, long steps, int stepsPerEpoch, IReadOnlyList<EpochRecord> finished) =>
        Between(learningRate, FinalLearningRate, (double)step / steps);

    /// <summary>A value on half a cosine.</summary>
    /// <param name="from">The value at 0.</param>
    /// <param name="to">The value at 1.</param>
    /// <param name="share">Where, 0 to 1.</param>
    /// <returns>The value.</returns>
    internal static double Between(double from, double to, double share) => to + ((from - to) * (1 + Math.Cos(Math.PI * share)) / 2);
}
