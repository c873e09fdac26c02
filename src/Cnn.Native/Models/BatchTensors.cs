using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>The tensors and gradients of which the whole batch is kept, shared by all workers: each writes the images of its shards.</summary>
internal sealed unsafe class BatchTensors : IDisposable
{
    private readonly NativeBuffer<float>?[] _values;
    private readonly NativeBuffer<float>?[] _gradients;
    private readonly NativeBuffer<int>[] _states = [];
    private readonly NativeBuffer<float>[] _skippedGradients = [];

    /// <summary>Asks for the memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">Which tensors are kept.</param>
    /// <param name="images">Images of the largest batch.</param>
    public BatchTensors(Model model, TensorPlan plan, int images)
    {
        _values = [.. plan.Tensors.Select(tensor => tensor.KeepsBatch ? new NativeBuffer<float>((long)tensor.Length * images) : null)];
        _gradients = [.. plan.Tensors.Select(tensor => tensor.KeepsBatchGradient ? new NativeBuffer<float>((long)tensor.Length * images) : null)];
        if (plan.KeepsBatch)
        {
            _states = [.. model.Layers.Select((layer, index) => new NativeBuffer<int>((long)layer.StateLength(model.Shapes[index]) * images))];
            _skippedGradients = [.. model.Layers.Select((layer, index) => new NativeBuffer<float>(layer is Residual ? (long)model.Shapes[index].Length * images : 0))];
        }
    }

    /// <summary>The values of a tensor, or null where the batch's are not kept.</summary>
    /// <param name="tensor">The index of the tensor.</param>
    /// <returns>[image][values].</returns>
    public float* Values(int tensor) => _values[tensor] is { } buffer ? buffer.Pointer : null;

    /// <summary>The gradients of a tensor, or null where the batch's are not kept.</summary>
    /// <param name="tensor">The index of the tensor.</param>
    /// <returns>[image][values].</returns>
    public float* Gradients(int tensor) => _gradients[tensor] is { } buffer ? buffer.Pointer : null;

    /// <summary>What the forward pass of a layer leaves for the backward pass, or null where the batch's is not kept.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>[image][integers].</returns>
    public int* States(int layer) => _states.Length == 0 ? null : _states[layer].Pointer;

    /// <summary>What a residual layer hands to the gradient of the tensor that it adds, or null where the batch's is not kept.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>[image][values].</returns>
    public float* SkippedGradients(int layer) => _skippedGradients.Length == 0 ? null : _skippedGradients[layer].Pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable? buffer in _values.Concat(_gradients).Concat(_skippedGradients).Concat<IDisposable?>(_states))
        {
            buffer?.Dispose();
        }
    }
}
