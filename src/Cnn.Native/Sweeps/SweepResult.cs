using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>What came out of a trial. Where it failed there is an error and no figures.</summary>
public sealed record SweepResult
{
    /// <summary>The trial.</summary>
    public required Trial Trial { get; init; }

    /// <summary>The identifier of the trial.</summary>
    public string Id => Trial.Id;

    /// <summary>The share of the validation images classified rightly at the end, 0 to 1; null where the trial failed.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The mean loss over the validation images at the end, in nats an image; null where the trial failed or the loss is not finite.</summary>
    public double? Loss { get; init; }

    /// <summary>The mean loss over the training images in the last epoch, in nats an image; null where the trial failed.</summary>
    public double? TrainingLoss { get; init; }

    /// <summary>The time of the training, validation not counted; null where the trial failed.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Images trained in a second; null where the trial failed.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>What went wrong; null where nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>The identifier of the error.</summary>
    public string? ErrorId { get; init; }

    /// <summary>Whether the result was in the results file already, and the trial was not run again.</summary>
    public bool IsFromFile { get; init; }

    /// <summary>The trial and the accuracy.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Id} ({Trial}): {(Error == null ? $"{Accuracy:P2}" : Error)}");

    /// <summary>Takes what a sweep keeps of a training.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="training">Its training, which was not stopped.</param>
    /// <returns>The result.</returns>
    internal static SweepResult Of(Trial trial, TrainingResult training) => new()
    {
        Trial = trial,
        Accuracy = training.Validation!.Accuracy,
        Loss = double.IsFinite(training.Validation.Loss) ? training.Validation.Loss : null,
        TrainingLoss = training.History.Epochs[^1].Loss,
        Duration = training.Duration,
        ImagesPerSecond = training.ImagesPerSecond,
    };

    /// <summary>What a sweep keeps of a training that failed.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="error">Why.</param>
    /// <returns>The result.</returns>
    internal static SweepResult Of(Trial trial, Exception error) => new()
    {
        Trial = trial,
        Error = error.Message,
        ErrorId = error is CnnException known ? known.ErrorId : error.GetType().Name,
    };
}
