namespace Cnn.Training;

/// <summary>Why a training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>All epochs were trained.</summary>
    Completed,

    /// <summary>It was stopped, by Ctrl-C for instance; it can go on.</summary>
    Stopped,

    /// <summary>The accuracy on the validation images reached <see cref="TrainingOptions.TargetAccuracy"/>.</summary>
    TargetReached,

    /// <summary>The loss on the validation images did not become less for <see cref="TrainingOptions.Patience"/> epochs.</summary>
    NoImprovement,
}
