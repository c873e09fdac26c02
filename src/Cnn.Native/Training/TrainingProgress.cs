namespace Cnn.Training;

/// <summary>The progress of a training, after each batch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="Batch">The batch in its epoch, from 1.</param>
/// <param name="Batches">Number of batches in an epoch.</param>
/// <param name="Loss">The moving average of the loss in nats per image, over about a hundred batches.</param>
/// <param name="ImagesPerSecond">Images trained per second, since this run began.</param>
/// <param name="Remaining">The remaining time at this speed, without validation.</param>
public readonly record struct TrainingProgress(
    int Epoch, int Epochs, int Batch, int Batches, double Loss, double ImagesPerSecond, TimeSpan Remaining)
{
    /// <summary>The share of the whole training that is done, 0 to 1.</summary>
    public double Fraction => (Epoch - 1 + ((double)Batch / Batches)) / Epochs;
}
