using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>
/// The rate rises along half a cosine from a 25th of the learning rate to the full rate, and falls along another to almost 0 (Smith and Topin,
/// "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates", 2018; PyTorch's OneCycleLR with its usual settings). The warm-up is
/// the rise, and by default takes three tenths of the training. The momentum does not change.
/// </summary>
public sealed record OneCycleSchedule : Schedule
{
    /// <summary>The rate of the first step, as a share of the learning rate.</summary>
    private const double FirstDivisor = 25;

    /// <summary>The default rate of the last step, as a share of that of the first one.</summary>
    private const double LastDivisor = 1e4;

    /// <summary>The default share of the training that the rise takes.</summary>
    private const double RisingShare = 0.3;

    /// <summary>The rate at the end of the training; at least 0, and by default a 250,000th of the learning rate.</summary>
    public double? FinalLearningRate { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ScheduleKind Kind => ScheduleKind.OneCycle;

    /// <inheritdoc/>
    [JsonIgnore]
    internal override bool DependsOnEpochs => true;

    /// <inheritdoc/>
    public override double LearningRate(double learningRate, int step, int stepsPerEpoch, int epochs, IReadOnlyList<EpochRecord> finished)
    {
        long steps = (long)epochs * stepsPerEpoch;
        double first = learningRate / FirstDivisor;

        // The step with the highest rate, and the number of steps in which it falls from there; neither needs to be a whole number.
        double highest = Math.Max(0, ((WarmupEpochs * stepsPerEpoch) ?? (RisingShare * steps)) - 1);
        double falling = steps - 1 - highest;
        return step < highest
            ? CosineSchedule.Between(first, learningRate, step / highest)
            : CosineSchedule.Between(learningRate, FinalLearningRate ?? (first / LastDivisor), falling > 0 ? (step - highest) / falling : 0);
    }

    /// <inheritdoc/>
    internal override void Check(double learningRate, int epochs)
    {
        base.Check(learningRate, epochs);
        RequireFinal(FinalLearningRate ?? 0, learningRate);
    }
}
