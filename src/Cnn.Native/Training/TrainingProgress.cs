namespace Cnn.Training;

/// <summary>How far a training is, after each batch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="Batch">The batch in its epoch, from 1.</param>
/// <param name="Batches">Number of batches in an epoch.</param>
/// <param name="Loss">The mean loss of the latest batches, in nats an image: an average that forgets, with a memory of about a hundred batches.</param>
/// <param name="ImagesPerSecond">Images trained in a second, since this run began.</param>
/// <param name="Remaining">The time that the rest will take at this speed, validation not counted.</param>
public readonly record struct TrainingProgress(
    int Epoch, int Epochs, int Batch, int Batches, double Loss, double ImagesPerSecond, TimeSpan Remaining)
{
    /// <summary>How much of the whole training is done, 0 to 1.</summary>
    public double Fraction => (Epoch - 1 + ((double)Batch / Batches)) / Epochs;
}
