using Cnn.Memory;

namespace Cnn.Models;

/// <summary>The tensors and gradients of which the whole batch is kept, shared by all workers: each writes the images of its shards.</summary>
internal sealed unsafe class BatchTensors : IDisposable
{
    private readonly NativeBuffer<float>?[] _values;
    private readonly NativeBuffer<float>?[] _gradients;

    /// <summary>Asks for the memory.</summary>
    /// <param name="plan">Which tensors are kept.</param>
    /// <param name="images">Images of the largest batch.</param>
    public BatchTensors(TensorPlan plan, int images)
    {
        _values = [.. plan.Tensors.Select(tensor => tensor.KeepsBatch ? new NativeBuffer<float>((long)tensor.Length * images) : null)];
        _gradients = [.. plan.Tensors.Select(tensor => tensor.KeepsBatchGradient ? new NativeBuffer<float>((long)tensor.Length * images) : null)];
    }

    /// <summary>The values of a tensor, or null where the batch's are not kept.</summary>
    /// <param name="tensor">The index of the tensor.</param>
    /// <returns>[image][values].</returns>
    public float* Values(int tensor) => _values[tensor] is { } buffer ? buffer.Pointer : null;

    /// <summary>The gradients of a tensor, or null where the batch's are not kept.</summary>
    /// <param name="tensor">The index of the tensor.</param>
    /// <returns>[image][values].</returns>
    public float* Gradients(int tensor) => _gradients[tensor] is { } buffer ? buffer.Pointer : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer<float>? buffer in _values.Concat(_gradients))
        {
            buffer?.Dispose();
        }
    }
}
