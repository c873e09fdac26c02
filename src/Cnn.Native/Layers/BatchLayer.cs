using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// A layer that in training needs something of the whole batch before the first of its images can go on, and again on the way back.
/// Each shard is measured; the measurements are put together in the order of the shards; then the shards go on.
/// Its gradient is made from the whole batch (<see cref="Layer.GradientParts"/>).
/// </summary>
public abstract record BatchLayer : Layer
{
    private protected BatchLayer()
    {
    }

    /// <summary>How many floats the measurement of a shard has.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int MeasurementLength(Shape input);

    /// <summary>How many floats the layer keeps of a batch.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int StatisticsLength(Shape input);

    /// <summary>Measures the input of a shard.</summary>
    /// <param name="pass">The shard.</param>
    internal abstract void MeasureForward(in LayerPass pass);

    /// <summary>Makes of the shards' measurements what <see cref="Layer.Forward"/> needs.</summary>
    /// <param name="batch">The batch.</param>
    internal abstract void CombineForward(in BatchPass batch);

    /// <summary>Measures the output's gradient of a shard.</summary>
    /// <param name="pass">The shard.</param>
    internal abstract void MeasureBackward(in LayerPass pass);

    /// <summary>Makes of the shards' measurements what <see cref="Layer.Backward"/> needs, and the gradient of the parameters.</summary>
    /// <param name="batch">The batch.</param>
    internal abstract void CombineBackward(in BatchPass batch);

    /// <summary>Takes the batch into the running statistics, which the layer uses outside of training.</summary>
    /// <param name="batch">The batch.</param>
    internal abstract void UpdateRunningStatistics(in BatchPass batch);
}
