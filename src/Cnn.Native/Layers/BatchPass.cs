using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>The state of a batch for a <see cref="BatchLayer"/> when all shards are measured.</summary>
internal readonly unsafe ref struct BatchPass
{
    /// <summary>The shape of the input.</summary>
    public required Shape InputShape { get; init; }

    /// <summary>Number of images.</summary>
    public required int Images { get; init; }

    /// <summary>Images of a shard; the last shard has the remaining ones.</summary>
    public required int ShardSize { get; init; }

    /// <summary>[shard][<see cref="BatchLayer.MeasurementLength"/>].</summary>
    public required float* Measurements { get; init; }

    /// <summary><see cref="BatchLayer.StatisticsLength"/> floats that are kept from the forward pass to the end of the step.</summary>
    public required float* Statistics { get; init; }

    /// <summary>The layer's first tensor.</summary>
    public required float* Weight { get; init; }

    /// <summary>The layer's third tensor.</summary>
    public required float* RunningMean { get; init; }

    /// <summary>The layer's fourth tensor.</summary>
    public required float* RunningVariance { get; init; }
}
