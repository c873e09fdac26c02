namespace Cnn.Training;

/// <summary>The optimizers by name.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="Training.Adam"/>.</summary>
    Adam,

    /// <summary><see cref="Training.AdamW"/>.</summary>
    AdamW,

    /// <summary><see cref="Training.Sgd"/>.</summary>
    Sgd,

    /// <summary><see cref="Training.RmsProp"/>.</summary>
    RmsProp,
}
