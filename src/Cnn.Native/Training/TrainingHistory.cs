using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>One epoch of a training.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Loss">The mean training loss over the epoch's images, in nats per image.</param>
/// <param name="ValidationAccuracy">The accuracy on the validation images after this epoch; null without validation images.</param>
/// <param name="ValidationLoss">The mean loss over the validation images; null without any.</param>
/// <param name="Duration">The time of the epoch's training, without validation.</param>
/// <param name="ImagesPerSecond">Images trained per second.</param>
/// <param name="LearningRate">The learning rate of the epoch's last step.</param>
public sealed record EpochRecord(
    int Epoch, double Loss, double? ValidationAccuracy, double? ValidationLoss, TimeSpan Duration, double ImagesPerSecond, double LearningRate)
{
    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; } = Epoch;

    /// <summary>The mean training loss over the epoch's images, in nats per image.</summary>
    /// <remarks>Files use its earlier name.</remarks>
    [JsonPropertyName("cost")]
    public double Loss { get; } = Loss;

    /// <summary>The accuracy on the validation images after this epoch; null without validation images.</summary>
    public double? ValidationAccuracy { get; } = ValidationAccuracy;

    /// <summary>The mean loss over the validation images; null without any.</summary>
    public double? ValidationLoss { get; } = ValidationLoss;

    /// <summary>The time of the epoch's training, without validation.</summary>
    public TimeSpan Duration { get; } = Duration;

    /// <summary>Images trained per second.</summary>
    public double ImagesPerSecond { get; } = ImagesPerSecond;

    /// <summary>The learning rate of the epoch's last step.</summary>
    public double LearningRate { get; } = LearningRate;
}

/// <summary>What happened in a training: the loss of each batch, and a record of each finished epoch.</summary>
public sealed class TrainingHistory
{
    /// <summary>
    /// 4 MB: as many batches as most trainings have, so that their steps allocate nothing. The history of a longer training grows as it goes, so a huge
    /// number of epochs reserves no memory.
    /// </summary>
    private const int ReservedBatches = 1 << 20;

    private readonly List<float> _losses;
    private readonly List<EpochRecord> _epochs = [];

    /// <summary>Reserves memory, so that nothing is allocated during the training.</summary>
    /// <param name="batches">Number of batches of the whole training.</param>
    internal TrainingHistory(long batches)
    {
        _losses = new List<float>((int)Math.Min(batches, ReservedBatches));
        Losses = _losses.AsReadOnly();
        Epochs = _epochs.AsReadOnly();
    }

    /// <summary>The mean loss of each batch, in nats an image, in the order of the training.</summary>
    public IReadOnlyList<float> Losses { get; }

    /// <summary>The finished epochs.</summary>
    public IReadOnlyList<EpochRecord> Epochs { get; }

    /// <summary>The extent of the training, and its loss.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string loss = Epochs switch
        {
            [] => "",
            [{ } only] => FormattableString.Invariant($", loss {only.Loss:F4}"),
            [{ } first, .., { } last] => FormattableString.Invariant($", loss {first.Loss:F4} to {last.Loss:F4}"),
        };
        return FormattableString.Invariant($"{Epochs.Count} {(Epochs.Count == 1 ? "epoch" : "epochs")}, {Losses.Count} {(Losses.Count == 1 ? "batch" : "batches")}{loss}");
    }

    /// <summary>The number of batches trained.</summary>
    internal int BatchCount => _losses.Count;

    /// <summary>Records the loss of a batch.</summary>
    /// <param name="loss">The mean loss.</param>
    internal void Add(float loss) => _losses.Add(loss);

    /// <summary>Records an epoch.</summary>
    /// <param name="epoch">The record.</param>
    internal void Add(EpochRecord epoch) => _epochs.Add(epoch);
}
