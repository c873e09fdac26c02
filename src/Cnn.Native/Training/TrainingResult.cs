using Cnn.Evaluation;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>The result of a training.</summary>
public sealed record TrainingResult
{
    /// <summary>The model that was trained.</summary>
    public required Model Model { get; init; }

    /// <summary>The settings that were used, with the learning rate, the seed and the number of threads filled in.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>What happened.</summary>
    public required TrainingHistory History { get; init; }

    /// <summary>Why the training ended.</summary>
    public required TrainingOutcome Outcome { get; init; }

    /// <summary>Whether the training was stopped before its end; the model contains what it has learned so far.</summary>
    public bool IsStopped => Outcome == TrainingOutcome.Stopped;

    /// <summary>
    /// The number of the epoch with the lowest validation loss, from 1; null without validation images. With a <see cref="TrainingOptions.Patience"/>, a
    /// model whose training was completed or stopped improving is the one after this epoch.
    /// </summary>
    public int? BestEpoch { get; init; }

    /// <summary>The accuracy on the validation images after the last epoch, or after the best one if the model has its parameters; null without any.</summary>
    public AccuracyReport? Validation { get; init; }

    /// <summary>The time of the training, without validation.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Images trained per second.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>The kernels that ran, <c>avx2</c> or <c>scalar</c>.</summary>
    public required string Kernels { get; init; }

    /// <summary>The number of threads.</summary>
    public required int Threads { get; init; }
}
