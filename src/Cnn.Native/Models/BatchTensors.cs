using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>The tensors and gradients that are kept for the whole batch, shared by all workers: each writes the images of its shards.</summary>
internal sealed unsafe class BatchTensors : IDisposable
{
    private readonly NativeBuffer<float>?[] _values;
    private readonly NativeBuffer<float>?[] _gradients;
    private readonly NativeBuffer<int>[] _states = [];
    private readonly NativeBuffer<float>[] _heldGradients = [];

    /// <summary>Allocates the memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">The execution plan, which says which tensors are kept.</param>
    /// <param name="images">Images of the largest batch.</param>
    public BatchTensors(Model model, ExecutionPlan plan, int images)
    {
        _values = [.. ValueLengths(plan, images).Select(length => length > 0 ? new NativeBuffer<float>(length) : null)];
        _gradients = [.. GradientLengths(plan, images).Select(length => length > 0 ? new NativeBuffer<float>(length) : null)];
        if (plan.KeepsBatch)
        {
            _states = [.. StateLengths(model, images).Select(length => new NativeBuffer<int>(length))];
            _heldGradients = [.. HeldLengths(model, images).Select(length => new NativeBuffer<float>(length))];
        }
    }

    /// <summary>The number of bytes that it allocates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">The execution plan, which says which tensors are kept.</param>
    /// <param name="images">Images of the largest batch.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, ExecutionPlan plan, int images) =>
        ValueLengths(plan, images).Concat(GradientLengths(plan, images)).Sum(NativeHeap.BytesOf<float>)
        + (plan.KeepsBatch ? StateLengths(model, images).Sum(NativeHeap.BytesOf<int>) + HeldLengths(model, images).Sum(NativeHeap.BytesOf<float>) : 0);

    /// <summary>For each layer, the number of integers of state that its forward pass stores for a number of images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Number of images.</param>
    /// <returns>The lengths.</returns>
    public static IEnumerable<long> StateLengths(Model model, int images) =>
        model.Layers.Select((layer, index) => (long)images * layer.StateLength(model.InputShapes[index]));

    /// <summary>Of each layer, the floats of the gradient that it holds until the other layers that read the same have made theirs, for some images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Number of images.</param>
    /// <returns>The lengths; 0 for a layer that is neither a residual layer nor the first of a shortcut.</returns>
    public static IEnumerable<long> HeldLengths(Model model, int images) => model.Layers.Select(
        (layer, index) => layer is Residual || model.Graph.BeginsShortcut(index) ? (long)images * model.InputShapes[index].Length : 0);

    /// <summary>The values of a tensor, or null if those of the batch are not kept.</summary>
    /// <param name="tensor">The index of the tensor.</param>
    /// <returns>[image][values].</returns>
    public float* Values(int tensor) => _values[tensor] is { } buffer ? buffer.Pointer : null;

    /// <summary>The gradients of a tensor, or null if those of the batch are not kept.</summary>
    /// <param name="tensor">The index of the tensor.</param>
    /// <returns>[image][values].</returns>
    public float* Gradients(int tensor) => _gradients[tensor] is { } buffer ? buffer.Pointer : null;

    /// <summary>The state that the forward pass of a layer stores for the backward pass, or null if that of the batch is not kept.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>[image][integers].</returns>
    public int* States(int layer) => _states.Length == 0 ? null : _states[layer].Pointer;

    /// <summary>The gradient that a layer holds until the other layers that read the same have made theirs, or null where the batch's is not kept.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>[image][values].</returns>
    public float* HeldGradients(int layer) => _heldGradients.Length == 0 ? null : _heldGradients[layer].Pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable? buffer in _values.Concat(_gradients).Concat(_heldGradients).Concat<IDisposable?>(_states))
        {
            buffer?.Dispose();
        }
    }

    // A tensor has at least one value, so 0 means that the batch's is not kept.
    private static IEnumerable<long> ValueLengths(ExecutionPlan plan, int images) =>
        plan.Tensors.Select(tensor => tensor.KeepsBatch ? (long)images * tensor.Length : 0);

    private static IEnumerable<long> GradientLengths(ExecutionPlan plan, int images) =>
        plan.Tensors.Select(tensor => tensor.KeepsBatchGradient ? (long)images * tensor.Length : 0);
}
