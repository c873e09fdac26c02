namespace Cnn.Training;

/// <summary>The schedules by name.</summary>
public enum ScheduleKind
{
    /// <summary><see cref="ConstantSchedule"/>.</summary>
    Constant,

    /// <summary><see cref="StepSchedule"/>.</summary>
    Step,

    /// <summary><see cref="ExponentialSchedule"/>.</summary>
    Exponential,

    /// <summary><see cref="CosineSchedule"/>.</summary>
    Cosine,

    /// <summary><see cref="OneCycleSchedule"/>.</summary>
    OneCycle,

    /// <summary><see cref="PlateauSchedule"/>.</summary>
    Plateau,
}
