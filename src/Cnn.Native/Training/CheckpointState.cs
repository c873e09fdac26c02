using System.Text.Json;
using System.Text.Json.Serialization;
using Cnn.Evaluation;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// Where a training is, as it stands in a checkpoint beside the tensors. The order of an epoch comes from the seed and the epoch,
/// and the optimizer has taken one step a batch: neither needs a place here. Losses stand in a file under the names that they had first, so that files of
/// all versions are alike.
/// </summary>
internal sealed record CheckpointState
{
    /// <summary>The settings, with the seed filled in; the number of threads is that of the machine that goes on.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>The images that are trained on.</summary>
    public required ImagesFingerprint Images { get; init; }

    /// <summary>Batches trained on so far.</summary>
    public required int Batches { get; init; }

    /// <summary>The epochs that were finished.</summary>
    public required IReadOnlyList<EpochRecord> Epochs { get; init; }

    /// <summary>The sum of the losses of the images of the epoch that is not finished.</summary>
    [JsonPropertyName("epoch_cost")]
    public required double EpochLoss { get; init; }

    /// <summary>The loss that is shown; NaN before the first batch.</summary>
    [JsonPropertyName("shown_cost")]
    public required double ShownLoss { get; init; }

    /// <summary>The time of the training so far.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The time of the epoch that is not finished.</summary>
    public required TimeSpan EpochDuration { get; init; }

    /// <summary>What was measured after the last epoch; null without validation images.</summary>
    public required CheckpointValidation? Validation { get; init; }

    /// <summary>What was measured after the best epoch; null without one, and where an earlier version did not keep it.</summary>
    public CheckpointValidation? BestValidation { get; init; }

    /// <summary>The images that are measured; null without any, and where an earlier version did not keep them.</summary>
    public ImagesFingerprint? ValidationImages { get; init; }

    /// <summary>Checks that all this can be together.</summary>
    /// <param name="classes">The classes of the model.</param>
    /// <exception cref="JsonException">It cannot.</exception>
    /// <exception cref="CnnException">A setting is out of its range.</exception>
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
            $"{Batches} batches do not belong to {Epochs.Count} finished epochs of {perEpoch} batches, of {Options.Epochs} in all.");
        Require(double.IsFinite(EpochLoss), "the loss of the epoch is not finite.");
        Require(Duration >= TimeSpan.Zero && EpochDuration >= TimeSpan.Zero, "a duration is negative.");
        Require(BestValidation == null || EarlyStopping.BestEpoch(Epochs) > 0, "the measurement of the best epoch does not belong to the epochs.");
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

/// <summary>A measurement of the validation images, as it stands in a checkpoint.</summary>
/// <param name="Images">The name of the images.</param>
/// <param name="Confusion">[label][prediction]: counts.</param>
/// <param name="Loss">The mean loss.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Certainty">How certain the answers were; null in checkpoints of earlier versions.</param>
internal sealed record CheckpointValidation(string Images, int[][] Confusion, double Loss, TimeSpan Duration, CertaintyCounts? Certainty = null)
{
    /// <summary>Takes what a report needs.</summary>
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
