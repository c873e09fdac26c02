namespace Cnn.Data;

/// <summary>One fold of a cross-validation: the images of this fold for validation, and those of all other folds for training.</summary>
/// <param name="Fold">The number of the fold, from 1.</param>
/// <param name="FoldCount">The number of folds.</param>
/// <param name="Training">The images of all other folds.</param>
/// <param name="Validation">The images of this fold.</param>
public sealed record ImageSetFold(int Fold, int FoldCount, ImageSet Training, ImageSet Validation)
{
    /// <summary>The number of the fold, from 1.</summary>
    public int Fold { get; } = Fold;

    /// <summary>The number of folds.</summary>
    public int FoldCount { get; } = FoldCount;

    /// <summary>The images of all other folds.</summary>
    public ImageSet Training { get; } = Training;

    /// <summary>The images of this fold.</summary>
    public ImageSet Validation { get; } = Validation;
}
