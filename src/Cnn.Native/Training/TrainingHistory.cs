namespace Cnn.Training;

/// <summary>One epoch of a training.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Cost">The mean cost over the epoch's images while they were trained on, in nats an image.</param>
/// <param name="ValidationAccuracy">The share of the validation images classified rightly behind this epoch; null without validation images.</param>
/// <param name="ValidationLoss">The mean loss over the validation images; null without any.</param>
/// <param name="Duration">The time of the epoch's training, validation not counted.</param>
/// <param name="ImagesPerSecond">Images trained in a second.</param>
/// <param name="LearningRate">The learning rate of the epoch's last step.</param>
public sealed record EpochRecord(
    int Epoch, double Cost, double? ValidationAccuracy, double? ValidationLoss, TimeSpan Duration, double ImagesPerSecond, double LearningRate);

/// <summary>What happened in a training: the cost of each batch, and a record of each epoch that was finished.</summary>
public sealed class TrainingHistory
{
    /// <summary>More batches than trainings usually have. Beyond them room is made as they come: a checkpoint may claim epochs without end.</summary>
    private const int UsualBatches = 1 << 20;

    private readonly List<EpochRecord> _epochs = [];
    private float[] _costs;

    /// <summary>Makes room, so that nothing is allocated in the training.</summary>
    /// <param name="batches">Number of batches of the whole training.</param>
    internal TrainingHistory(int batches) => _costs = new float[Math.Min(batches, UsualBatches)];

    /// <summary>The mean cost of each batch, in nats an image, in the order of the training.</summary>
    public IReadOnlyList<float> Costs => new ArraySegment<float>(_costs, 0, BatchCount);

    /// <summary>The epochs that were finished.</summary>
    public IReadOnlyList<EpochRecord> Epochs => _epochs;

    /// <summary>How many batches were trained on.</summary>
    internal int BatchCount { get; private set; }

    /// <summary>Notes the cost of a batch.</summary>
    /// <param name="cost">The mean cost.</param>
    internal void Add(float cost)
    {
        if (BatchCount == _costs.Length)
        {
            Array.Resize(ref _costs, (int)Math.Min(2L * _costs.Length, Array.MaxLength));
        }

        _costs[BatchCount++] = cost;
    }

    /// <summary>Notes an epoch.</summary>
    /// <param name="epoch">The record.</param>
    internal void Add(EpochRecord epoch) => _epochs.Add(epoch);
}
