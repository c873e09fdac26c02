using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>
/// The measurements of shards by the layers that need the whole batch, and the statistics that these layers keep of the batch. Between two phases of a step
/// (<see cref="ExecutionPlan.Phases"/>), the measurements of the shards are combined.
/// </summary>
internal sealed unsafe class BatchStatistics : IDisposable
{
    private readonly Model _model;
    private readonly ExecutionPlan _plan;
    private readonly int _shardSize;
    private readonly int[] _layers;
    private readonly NativeBuffer<float>[] _measurements;
    private readonly NativeBuffer<float>[] _statistics;

    // For each batch layer, the offsets of its first tensor and its running statistics in the model.
    private readonly int[] _weight;
    private readonly int[] _runningMean;
    private readonly int[] _runningVariance;

    /// <summary>Allocates the memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="shards">Shards of the largest batch.</param>
    /// <param name="shardSize">Images of a shard.</param>
    public BatchStatistics(Model model, ExecutionPlan plan, int shards, int shardSize)
    {
        _model = model;
        _plan = plan;
        _shardSize = shardSize;
        _layers = [.. plan.BatchLayers];
        _measurements = [.. MeasurementLengths(model, plan, shards).Select(length => new NativeBuffer<float>(length))];
        _statistics = [.. StatisticsLengths(model, plan).Select(length => new NativeBuffer<float>(length))];
        int[] OffsetsOf(int tensor) => [.. _layers.Select(layer => model.Parameters.Where(parameter => parameter.Layer == layer).ElementAt(tensor).Offset)];
        _weight = OffsetsOf(0);
        _runningMean = OffsetsOf(2);
        _runningVariance = OffsetsOf(3);
    }

    /// <summary>The number of bytes that it allocates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="shards">Shards of the largest batch.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, ExecutionPlan plan, int shards) =>
        MeasurementLengths(model, plan, shards).Concat(StatisticsLengths(model, plan)).Sum(NativeHeap.BytesOf<float>);

    /// <summary>The destination of a layer's measurement of a shard; null for a layer that measures nothing.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="firstImage">The first image of the shard in the batch.</param>
    /// <returns>The floats.</returns>
    public float* Measurement(int layer, int firstImage)
    {
        int index = Array.IndexOf(_layers, layer);
        return index < 0
            ? null
            : _measurements[index].Pointer + ((nint)(firstImage / _shardSize) * BatchLayerAt(layer).MeasurementLength(_model.InputShapes[layer]));
    }

    /// <summary>The statistics that a layer keeps of the batch; null for a layer that keeps none.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The floats.</returns>
    public float* Statistics(int layer)
    {
        int index = Array.IndexOf(_layers, layer);
        return index < 0 ? null : _statistics[index].Pointer;
    }

    /// <summary>Combines the measurements of all shards at the end of a phase.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="images">Images of the batch.</param>
    public void Combine(int phase, int images)
    {
        if (phase < _plan.LossPhase)
        {
            BatchLayerAt(_layers[phase]).CombineForward(Pass(phase, images));
        }
        else if (phase < _plan.Phases - 1)
        {
            int index = _plan.Phases - 2 - phase;
            BatchLayerAt(_layers[index]).CombineBackward(Pass(index, images));
        }
    }

    /// <summary>Updates the running statistics of the model with those of the batch.</summary>
    /// <param name="images">Images of the batch.</param>
    public void UpdateRunningStatistics(int images)
    {
        for (int index = 0; index < _layers.Length; index++)
        {
            BatchLayerAt(_layers[index]).UpdateRunningStatistics(Pass(index, images));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer<float> buffer in _measurements.Concat(_statistics))
        {
            buffer.Dispose();
        }
    }

    private static IEnumerable<long> MeasurementLengths(Model model, ExecutionPlan plan, int shards) =>
        plan.BatchLayers.Select(layer => (long)shards * ((BatchLayer)model.Layers[layer]).MeasurementLength(model.InputShapes[layer]));

    private static IEnumerable<long> StatisticsLengths(Model model, ExecutionPlan plan) =>
        plan.BatchLayers.Select(layer => (long)((BatchLayer)model.Layers[layer]).StatisticsLength(model.InputShapes[layer]));

    private BatchLayer BatchLayerAt(int layer) => (BatchLayer)_model.Layers[layer];

    private BatchPass Pass(int index, int images)
    {
        float* parameters = _model.ParameterBuffer.Pointer;
        return new BatchPass
        {
            InputShape = _model.InputShapes[_layers[index]],
            Images = images,
            ShardSize = _shardSize,
            Measurements = _measurements[index].Pointer,
            Statistics = _statistics[index].Pointer,
            Weight = parameters + _weight[index],
            RunningMean = parameters + _runningMean[index],
            RunningVariance = parameters + _runningVariance[index],
        };
    }
}
