namespace Cnn.Training;

/// <summary>Why a training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>All epochs were trained.</summary>
    Completed,

    /// <summary>It was stopped, for example by Ctrl-C; it can be resumed.</summary>
    Stopped,

    /// <summary>The accuracy on the validation images reached <see cref="TrainingOptions.TargetAccuracy"/>.</summary>
    TargetReached,

    /// <summary>The validation loss did not improve for <see cref="TrainingOptions.Patience"/> epochs.</summary>
    NoImprovement,
}
