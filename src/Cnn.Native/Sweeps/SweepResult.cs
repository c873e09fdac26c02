using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>The result of a trial. A failed trial has an error and no figures.</summary>
public sealed record SweepResult
{
    /// <summary>The trial.</summary>
    public required Trial Trial { get; init; }

    /// <summary>The identifier of the trial.</summary>
    public string Id => Trial.Id;

    /// <summary>The accuracy on the validation images at the end, 0 to 1; null if the trial failed.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The mean loss over the validation images at the end, in nats per image; null if the trial failed or the loss is not finite.</summary>
    public double? Loss { get; init; }

    /// <summary>The mean loss over the training images in the last epoch, in nats per image; null if the trial failed.</summary>
    public double? TrainingLoss { get; init; }

    /// <summary>The time of the training, without validation; null if the trial failed.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Images trained per second; null if the trial failed.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>The validation accuracy after each epoch; empty if the trial failed, or if a file of an earlier version does not contain it.</summary>
    public IReadOnlyList<double> EpochAccuracies { get; init; } = new ReportList<double>([]);

    /// <summary>Whether the trial was ended early because it was unpromising; the figures are then those after its last epoch.</summary>
    public bool IsPruned { get; init; }

    /// <summary>
    /// The kernels that it was trained with, for example <c>avx2</c>: a seed gives the same numbers only on one kernel set. Null if the trial failed, or if a
    /// file of an earlier version does not contain it.
    /// </summary>
    public string? Kernels { get; init; }

    /// <summary>
    /// The first sixteen hexadecimal digits of the SHA-256 of the trained parameters: if it is the same, two trainings gave the same model, bit for bit. Null
    /// if <see cref="Kernels"/> is null.
    /// </summary>
    public string? ParameterChecksum { get; init; }

    /// <summary>What went wrong; null if nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>The identifier of the error.</summary>
    public string? ErrorId { get; init; }

    /// <summary>Whether the result was in the results file already, and the trial was not run again.</summary>
    public bool IsFromFile { get; init; }

    /// <summary>The trial and the accuracy.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Id} ({Trial}): {(Error == null ? $"{Accuracy:P2}" : Error)}");

    /// <summary>The result of a finished training.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="training">Its training, which was stopped only if the trial was pruned.</param>
    /// <param name="isPruned">Whether it was ended early.</param>
    /// <returns>The result.</returns>
    internal static SweepResult Of(Trial trial, TrainingResult training, bool isPruned) => new()
    {
        Trial = trial,
        Accuracy = training.Validation!.Accuracy,
        Loss = double.IsFinite(training.Validation.Loss) ? training.Validation.Loss : null,
        TrainingLoss = training.History.Epochs[^1].Loss,
        Duration = training.Duration,
        ImagesPerSecond = training.ImagesPerSecond,
        EpochAccuracies = new ReportList<double>([.. training.History.Epochs.Select(epoch => epoch.ValidationAccuracy!.Value)]),
        IsPruned = isPruned,
        Kernels = training.Kernels,
        ParameterChecksum = ChecksumOf(training.Model),
    };

    /// <summary>The result of a failed training.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="error">The reason.</param>
    /// <returns>The result.</returns>
    internal static SweepResult Of(Trial trial, Exception error) => new()
    {
        Trial = trial,
        Error = error.Message,
        ErrorId = error is CnnException known ? known.ErrorId : error.GetType().Name,
    };

    private static string ChecksumOf(Model model)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ModelParameter parameter in model.Parameters)
        {
            hash.AppendData(MemoryMarshal.AsBytes(model.Values(parameter)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
