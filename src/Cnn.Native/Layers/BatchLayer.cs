using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// A layer that, in training, needs a measurement of the whole batch before the first image of the batch can go on, and again in the backward pass. Each
/// shard is measured; the measurements are combined in shard order; then the shards go on. The gradient is computed from the whole batch
/// (<see cref="Layer.GradientParts"/>).
/// </summary>
public abstract record BatchLayer : Layer
{
    private protected BatchLayer()
    {
    }

    /// <summary>The number of floats in the measurement of a shard.</summary>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int MeasurementLength(Shape input);

    /// <summary>The number of floats that the layer keeps of a batch.</summary>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int StatisticsLength(Shape input);

    /// <summary>Measures the input of a shard.</summary>
    /// <param name="pass">The shard.</param>
    internal abstract void MeasureForward(in LayerPass pass);

    /// <summary>Computes what <see cref="Layer.Forward"/> needs from the measurements of the shards.</summary>
    /// <param name="batch">The batch.</param>
    internal abstract void CombineForward(in BatchPass batch);

    /// <summary>Measures the output gradient of a shard.</summary>
    /// <param name="pass">The shard.</param>
    internal abstract void MeasureBackward(in LayerPass pass);

    /// <summary>Computes what <see cref="Layer.Backward"/> needs from the measurements of the shards, and the gradient of the parameters.</summary>
    /// <param name="batch">The batch.</param>
    internal abstract void CombineBackward(in BatchPass batch);

    /// <summary>Updates the running statistics, which the layer uses outside training, with the batch.</summary>
    /// <param name="batch">The batch.</param>
    internal abstract void UpdateRunningStatistics(in BatchPass batch);
}
