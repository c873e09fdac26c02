using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>
/// The gradient contribution of each shard for the layers that compute their gradient shard by shard, in the layout of the kernels. It is added up in shard
/// order, and only the sum is converted to the layout of the parameters.
/// </summary>
internal sealed unsafe class GradientSums : IDisposable
{
    private readonly KernelSet _kernels;

    // For each layer, [shard][floats]; null if the gradient is computed from the whole batch, or there is none.
    private readonly NativeBuffer<float>?[] _sums;
    private readonly int[] _lengths;

    /// <summary>Allocates the memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="shards">Shards of the largest batch.</param>
    public GradientSums(Model model, KernelSet kernels, ExecutionPlan plan, int shards)
    {
        _kernels = kernels;
        _lengths = [.. LengthsOf(model, kernels, plan)];
        _sums = [.. _lengths.Select(length => length > 0 ? new NativeBuffer<float>((long)shards * length) : null)];
    }

    /// <summary>The number of bytes that it allocates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="shards">Shards of the largest batch.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, KernelSet kernels, ExecutionPlan plan, int shards) =>
        LengthsOf(model, kernels, plan).Sum(length => NativeHeap.BytesOf<float>((long)shards * length));

    /// <summary>The memory for a shard's contribution to a layer's gradient.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="shard">The index of the shard.</param>
    /// <returns>The sums; null for a layer that computes its gradient from the whole batch.</returns>
    public float* Of(int layer, int shard) => _sums[layer] is { } buffer ? buffer.Pointer + ((nint)shard * _lengths[layer]) : null;

    /// <summary>Adds up the contributions of the shards to a layer's gradient.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="shards">The number of shards.</param>
    public void AddUp(int layer, int shards)
    {
        for (int shard = 1; shard < shards; shard++)
        {
            _kernels.Add(_lengths[layer], Of(layer, shard), Of(layer, 0));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer<float>? buffer in _sums)
        {
            buffer?.Dispose();
        }
    }

    private static IEnumerable<int> LengthsOf(Model model, KernelSet kernels, ExecutionPlan plan) =>
        model.Layers.Select((layer, index) => plan.IsTrained(index) ? layer.GradientSumsLength(kernels, model.InputShapes[index]) : 0);
}
