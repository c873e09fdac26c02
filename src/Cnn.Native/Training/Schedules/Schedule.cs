using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>
/// A schedule of the learning rate over a training: data that can be printed, copied and changed. The rate of a step depends only on the step (for a plateau
/// also on the history), so a resumed training continues with the same rates.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConstantSchedule), "constant")]
[JsonDerivedType(typeof(StepSchedule), "step")]
[JsonDerivedType(typeof(ExponentialSchedule), "exponential")]
[JsonDerivedType(typeof(CosineSchedule), "cosine")]
[JsonDerivedType(typeof(OneCycleSchedule), "one_cycle")]
[JsonDerivedType(typeof(PlateauSchedule), "plateau")]
public abstract record Schedule
{
    /// <summary>
    /// The number of epochs, possibly fractional, in which the rate rises to the learning rate: in W steps it is (t + 1) / (W + 1) of it, for t = 0 … W − 1,
    /// which is PyTorch's LinearLR from 1 / (W + 1). The rest of the schedule is counted from the end of the warm-up. At least 0; null for no warm-up.
    /// </summary>
    public double? WarmupEpochs { get; init; }

    /// <summary>Which schedule this is.</summary>
    [JsonIgnore]
    public abstract ScheduleKind Kind { get; }

    /// <summary>Whether the rates depend on the loss of validation images.</summary>
    [JsonIgnore]
    internal virtual bool NeedsValidation => false;

    /// <summary>Whether another number of epochs would have given other rates from the beginning.</summary>
    [JsonIgnore]
    internal virtual bool DependsOnEpochs => false;

    /// <summary>The schedule of a name, with its usual settings.</summary>
    /// <param name="kind">The name.</param>
    /// <returns>The schedule.</returns>
    public static Schedule Create(ScheduleKind kind) => kind switch
    {
        ScheduleKind.Constant => new ConstantSchedule(),
        ScheduleKind.Step => new StepSchedule(),
        ScheduleKind.Exponential => new ExponentialSchedule(),
        ScheduleKind.Cosine => new CosineSchedule(),
        ScheduleKind.OneCycle => new OneCycleSchedule(),
        ScheduleKind.Plateau => new PlateauSchedule(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>The learning rate of a step.</summary>
    /// <param name="learningRate">The learning rate of the training, which the schedule starts from.</param>
    /// <param name="step">The step of the training, from 0.</param>
    /// <param name="stepsPerEpoch">Steps in an epoch.</param>
    /// <param name="epochs">Epochs of the whole training.</param>
    /// <param name="finished">The epochs that were finished before this step; only a plateau uses them.</param>
    /// <returns>The rate.</returns>
    public abstract double LearningRate(double learningRate, int step, int stepsPerEpoch, int epochs, IReadOnlyList<EpochRecord> finished);

    /// <summary>Checks every setting.</summary>
    /// <param name="learningRate">The learning rate of the training.</param>
    /// <param name="epochs">Epochs of the training.</param>
    /// <exception cref="CnnException">
    /// <c>TrainingOption</c>: a setting is out of range. <c>ScheduleLength</c>: the schedule is longer than the training.
    /// </exception>
    internal virtual void Check(double learningRate, int epochs)
    {
        double warmup = WarmupEpochs ?? 0;
        TrainingOptions.Require(warmup >= 0 && double.IsFinite(warmup), nameof(WarmupEpochs), warmup, "It must be at least 0; 0.1 is a tenth of an epoch.");
        RequireLength(
            warmup < epochs, nameof(WarmupEpochs), warmup, epochs,
            $"The warm-up alone would take them all: use a WarmupEpochs of less than {epochs}, or more Epochs.");
    }

    /// <summary>Throws if the schedule is longer than the training.</summary>
    /// <param name="holds">Whether it is not.</param>
    /// <param name="name">The setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="epochs">Epochs of the training.</param>
    /// <param name="needs">What is wrong, and what to do.</param>
    private protected static void RequireLength(bool holds, string name, double value, int epochs, string needs)
    {
        if (!holds)
        {
            throw new CnnException(
                "ScheduleLength",
                CnnErrorKind.InvalidArgument,
                FormattableString.Invariant($"{name} is {value}, and the training has {(epochs == 1 ? "one epoch" : $"{epochs} epochs")}. ") + needs)
            { Target = value };
        }
    }

    /// <summary>Throws if a factor of the rate is not between 0 and 1.</summary>
    /// <param name="decay">The factor.</param>
    /// <param name="usual">What is usual.</param>
    private protected static void RequireDecay(double decay, double usual) => TrainingOptions.Require(
        decay is > 0 and < 1, "LearningRateDecay", decay, FormattableString.Invariant($"It is the factor of the rate, and must be greater than 0 and less than 1; {usual} is usual."));

    /// <summary>Throws if a schedule would end above its initial rate.</summary>
    /// <param name="final">The last rate.</param>
    /// <param name="learningRate">The learning rate of the training.</param>
    private protected static void RequireFinal(double final, double learningRate) => TrainingOptions.Require(
        final >= 0 && final <= learningRate, "FinalLearningRate", final, FormattableString.Invariant($"It must be at least 0 and at most the learning rate, which is {learningRate}."));
}
