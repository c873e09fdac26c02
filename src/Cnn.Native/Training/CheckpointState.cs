using System.Text.Json;
using System.Text.Json.Serialization;
using Cnn.Evaluation;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// The position of a training, as stored in a checkpoint together with the tensors. The order of an epoch follows from the seed and the epoch, and the
/// optimizer has taken one step for each batch, so neither is stored. In a file, losses keep their original names, so that files of all versions are alike.
/// </summary>
internal sealed record CheckpointState
{
    /// <summary>The settings, with the seed filled in; the number of threads is chosen by the machine that resumes.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>The images that are trained on.</summary>
    public required ImagesFingerprint Images { get; init; }

    /// <summary>The number of batches trained so far.</summary>
    public required int Batches { get; init; }

    /// <summary>The finished epochs.</summary>
    public required IReadOnlyList<EpochRecord> Epochs { get; init; }

    /// <summary>The sum of the losses of the images of the unfinished epoch.</summary>
    [JsonPropertyName("epoch_cost")]
    public required double EpochLoss { get; init; }

    /// <summary>The displayed loss; NaN before the first batch.</summary>
    [JsonPropertyName("shown_cost")]
    public required double ShownLoss { get; init; }

    /// <summary>The time of the training so far.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The time of the unfinished epoch.</summary>
    public required TimeSpan EpochDuration { get; init; }

    /// <summary>The measurement after the last epoch; null without validation images.</summary>
    public required CheckpointValidation? Validation { get; init; }

    /// <summary>The measurement after the best epoch; null without one, or if an earlier version did not store it.</summary>
    public CheckpointValidation? BestValidation { get; init; }

    /// <summary>The validation images; null without any, or if an earlier version did not store them.</summary>
    public ImagesFingerprint? ValidationImages { get; init; }

    /// <summary>Checks that these values are consistent.</summary>
    /// <param name="classes">The classes of the model.</param>
    /// <exception cref="JsonException">It cannot.</exception>
    /// <exception cref="CnnException">A setting is out of range.</exception>
    public void Check(int classes)
    {
        Options.Check();
        Require(Options.Seed != null, "the seed is missing.");
        Require(Options.LearningRate != null, "the learning rate is missing.");
        Require(Images.Count > 0, "there are no images.");
        Require(!Epochs.Where((record, index) => record?.Epoch != index + 1).Any(), "the epochs are not numbered from 1.");
        long perEpoch = ((long)Images.Count + Options.BatchSize - 1) / Options.BatchSize;
        Require(
            Epochs.Count <= Options.Epochs
            && Batches >= Epochs.Count * perEpoch
            && Batches <= Math.Min(Epochs.Count + 1L, Options.Epochs) * perEpoch,
            $"{Batches} batches do not match {Epochs.Count} finished epochs of {perEpoch} batches, out of {Options.Epochs} epochs.");
        Require(double.IsFinite(EpochLoss), "the loss of the epoch is not finite.");
        Require(Duration >= TimeSpan.Zero && EpochDuration >= TimeSpan.Zero, "a duration is negative.");
        Require(BestValidation == null || EarlyStopping.BestEpoch(Epochs) > 0, "the measurement of the best epoch does not match the epochs.");
        Validation?.Check(classes);
        BestValidation?.Check(classes);
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new JsonException(otherwise);
        }
    }
}

/// <summary>A measurement of the validation images, as stored in a checkpoint.</summary>
/// <param name="Images">The name of the images.</param>
/// <param name="Confusion">[label][prediction]: counts.</param>
/// <param name="Loss">The mean loss.</param>
/// <param name="Duration">The duration of the measurement.</param>
/// <param name="Certainty">The certainty of the predictions; null in checkpoints of earlier versions.</param>
internal sealed record CheckpointValidation(string Images, int[][] Confusion, double Loss, TimeSpan Duration, CertaintyCounts? Certainty = null)
{
    /// <summary>Takes the values that a report needs.</summary>
    /// <param name="report">The report.</param>
    /// <returns>The measurement.</returns>
    public static CheckpointValidation Of(AccuracyReport report)
    {
        int[,] confusion = report.ConfusionMatrix.ToArray();
        int classes = confusion.GetLength(0);
        int[] all = [.. confusion.Cast<int>()];
        int[][] rows = [.. all.Chunk(classes)];
        return new CheckpointValidation(report.Images, rows, report.Loss, report.Duration, report.Certainty);
    }

    /// <summary>Makes the report again.</summary>
    /// <param name="model">The model that was measured.</param>
    /// <returns>The report.</returns>
    public AccuracyReport ToReport(Model model)
    {
        int[,] confusion = new int[Confusion.Length, Confusion.Length];
        for (int label = 0; label < Confusion.Length; label++)
        {
            for (int said = 0; said < Confusion.Length; said++)
            {
                confusion[label, said] = Confusion[label][said];
            }
        }

        return new AccuracyReport(model, Images, confusion, Loss, Duration, Certainty);
    }

    /// <summary>Checks that it is a square of counts.</summary>
    /// <param name="classes">The classes of the model.</param>
    /// <exception cref="JsonException">It is not.</exception>
    public void Check(int classes)
    {
        if (Confusion.Length != classes
            || Confusion.Any(row => row?.Length != classes || row.Any(count => count < 0))
            || Confusion.Sum(row => row.Sum(count => (long)count)) > int.MaxValue)
        {
            throw new JsonException($"the confusion matrix is not {classes} rows of {classes} counts.");
        }

        Certainty?.Check(classes, Confusion.Sum(row => row.Sum(count => (long)count)), Confusion.Select((row, label) => (long)row[label]).Sum());
    }
}
