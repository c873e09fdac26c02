using Cnn.Data;

namespace Cnn.Training;

/// <summary>The settings of a training. The defaults train the presets well.</summary>
public sealed record TrainingOptions
{
    private const string PositiveFloat = "It is greater than 0 and finite as a 32-bit number";

    /// <summary>How many times the training images are gone through; at least 1.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>Images for each step; at least 1. The last batch of an epoch has what is left.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam's α, the size of a step; greater than 0.</summary>
    public double LearningRate { get; init; } = 0.001;

    /// <summary>Adam's β₁, how much of the first moment a step keeps; 0 ≤ β₁ &lt; 1.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's β₂, how much of the second moment a step keeps; 0 ≤ β₂ &lt; 1.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Adam's ε, added to the root of the second moment; greater than 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The seed of the shuffling; the model's own where it is not given.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How the images are distorted, each anew in each epoch; null for not at all.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>How many threads work; 0 for one on each processor. The result does not depend on it, bit for bit.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// For how many epochs the validation loss may fail to become less before the training ends; 0 to train all epochs.
    /// With a patience, a training that ends by itself leaves the model with the parameters of its best epoch, the one with the least
    /// validation loss. Needs validation images.
    /// </summary>
    public int Patience { get; init; }

    /// <summary>
    /// The share of the validation images classified rightly, greater than 0 and at most 1, at which the training ends; 0 for none.
    /// Needs validation images.
    /// </summary>
    public double TargetAccuracy { get; init; }

    /// <summary>Checks every setting.</summary>
    /// <exception cref="CnnException">A setting is out of its range.</exception>
    public void Check()
    {
        Require(Epochs >= 1, nameof(Epochs), Epochs, "It is at least 1.");
        Require(BatchSize is >= 1 and <= 1 << 20, nameof(BatchSize), BatchSize, "It is 1 to 1048576; 32 is a good start.");

        // The kernels compute in single precision: what counts is the value that they get.
        Require((float)LearningRate > 0 && float.IsFinite((float)LearningRate), nameof(LearningRate), LearningRate, $"{PositiveFloat}; 0.001 is a good start.");
        Require((float)Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "It is at least 0 and, as a 32-bit number, less than 1; 0.9 is usual.");
        Require((float)Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "It is at least 0 and, as a 32-bit number, less than 1; 0.999 is usual.");
        Require((float)Epsilon > 0 && float.IsFinite((float)Epsilon), nameof(Epsilon), Epsilon, $"{PositiveFloat}; 1e-8 is usual.");
        Augmentation?.Check();
        Require(Patience >= 0, nameof(Patience), Patience, "It is a number of epochs, or 0 to train all of them.");
        Require(TargetAccuracy is >= 0 and <= 1, nameof(TargetAccuracy), TargetAccuracy, "It is a share, 0.98 for 98 %; or 0 for none.");
        Require(Threads is >= 0 and <= 1024, nameof(Threads), Threads, "It is 1 to 1024, or 0 for one on each processor.");
    }

    private static void Require(bool holds, string name, object value, string needs)
    {
        if (!holds)
        {
            throw new CnnException(
                "TrainingOption", CnnErrorKind.InvalidArgument, FormattableString.Invariant($"{name} is {value}. {needs}"))
            { Target = value };
        }
    }
}
