using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>
/// What each shard makes of the gradient of the layers that make it shard by shard, in the form of the kernels. It is added up in the order
/// of the shards, and only the sum is laid out like the parameters.
/// </summary>
internal sealed unsafe class GradientSums : IDisposable
{
    private readonly KernelSet _kernels;

    // Of each layer, [shard][floats]; null where the gradient is made from the whole batch, or there is none.
    private readonly NativeBuffer<float>?[] _sums;
    private readonly int[] _lengths;

    /// <summary>Asks for the memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">How the model is run.</param>
    /// <param name="shards">Shards of the largest batch.</param>
    public GradientSums(Model model, KernelSet kernels, ExecutionPlan plan, int shards)
    {
        _kernels = kernels;
        _lengths = [.. LengthsOf(model, kernels, plan)];
        _sums = [.. _lengths.Select(length => length > 0 ? new NativeBuffer<float>((long)shards * length) : null)];
    }

    /// <summary>How much memory that is.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">How the model is run.</param>
    /// <param name="shards">Shards of the largest batch.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, KernelSet kernels, ExecutionPlan plan, int shards) =>
        LengthsOf(model, kernels, plan).Sum(length => NativeHeap.BytesOf<float>((long)shards * length));

    /// <summary>Where a shard leaves what it makes of a layer's gradient.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="shard">The index of the shard.</param>
    /// <returns>The sums; null for a layer that makes its gradient from the whole batch.</returns>
    public float* Of(int layer, int shard) => _sums[layer] is { } buffer ? buffer.Pointer + ((nint)shard * _lengths[layer]) : null;

    /// <summary>Adds up what the shards made of a layer's gradient.</summary>
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
