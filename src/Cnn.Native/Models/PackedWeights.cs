using Cnn.Kernels;
using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>
/// The parameters of a model in the layouts that the kernels read, shared by all workers. They are packed once a step in training, and once if the model does
/// not change.
/// </summary>
internal sealed unsafe class PackedWeights : IDisposable
{
    private readonly Model _model;
    private readonly KernelSet _kernels;

    // For each layer; null if its parameters are read directly from the model, or it has none.
    private readonly NativeBuffer<float>?[] _forward;
    private readonly NativeBuffer<float>?[] _backward;

    // The pieces to pack: a layer, the offsets of its weights and of its biases, if it has any, in the model, and whether the piece is for the backward pass.
    private readonly (int Layer, int Weight, int? Bias, bool IsBackward)[] _pieces;

    /// <summary>Allocates the memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="isTraining">Whether workers also run the backward pass.</param>
    public PackedWeights(Model model, KernelSet kernels, ExecutionPlan plan, bool isTraining)
    {
        _model = model;
        _kernels = kernels;
        _forward = [.. ForwardLengths(model, kernels).Select(length => length > 0 ? new NativeBuffer<float>(length) : null)];
        _backward = [.. BackwardLengths(model, kernels, plan, isTraining).Select(length => length > 0 ? new NativeBuffer<float>(length) : null)];
        _pieces =
        [
            .. model.Parameters.GroupBy(parameter => parameter.Layer).SelectMany(tensors => new[] { false, true }
                .Where(isBackward => (isBackward ? _backward : _forward)[tensors.Key] != null)
                .Select(isBackward => (tensors.Key, tensors.First().Offset, tensors.ElementAtOrDefault(1)?.Offset, isBackward))),
        ];
    }

    /// <summary>The number of bytes that it allocates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="isTraining">Whether workers also run the backward pass.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, KernelSet kernels, ExecutionPlan plan, bool isTraining) =>
        ForwardLengths(model, kernels).Concat(BackwardLengths(model, kernels, plan, isTraining)).Sum(NativeHeap.BytesOf<float>);

    /// <summary>The number of pieces to pack; workers may take them in any order.</summary>
    public int Pieces => _pieces.Length;

    /// <summary>Packs one piece.</summary>
    /// <param name="piece">The index of the piece.</param>
    public void Pack(int piece)
    {
        (int layer, int weight, int? bias, bool isBackward) = _pieces[piece];
        float* parameters = _model.ParameterBuffer.Pointer;
        var pass = new LayerPass
        {
            Kernels = _kernels,
            InputShape = _model.InputShapes[layer],
            Images = 0,
            Weight = parameters + weight,
            Bias = bias is { } offset ? parameters + offset : null,
            ForwardWeights = Forward(layer),
            BackwardWeights = Backward(layer),
        };
        if (isBackward)
        {
            _model.Layers[layer].PackBackward(pass);
        }
        else
        {
            _model.Layers[layer].PackForward(pass);
        }
    }

    /// <summary>A layer's parameters for the forward pass; null if they are read directly from the model.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The packed parameters.</returns>
    public float* Forward(int layer) => _forward[layer] is { } buffer ? buffer.Pointer : null;

    /// <summary>A layer's parameters for the backward pass; null if they are read directly from the model, and if the gradient of its input is not needed.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The packed parameters.</returns>
    public float* Backward(int layer) => _backward[layer] is { } buffer ? buffer.Pointer : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer<float>? buffer in _forward.Concat(_backward))
        {
            buffer?.Dispose();
        }
    }

    private static IEnumerable<long> ForwardLengths(Model model, KernelSet kernels) =>
        model.Layers.Select((layer, index) => (long)layer.ForwardWeightsLength(kernels, model.InputShapes[index]));

    private static IEnumerable<long> BackwardLengths(Model model, KernelSet kernels, ExecutionPlan plan, bool isTraining) =>
        model.Layers.Select((layer, index) => isTraining && plan.NeedsGradient(plan.InputOf(index)) ? (long)layer.BackwardWeightsLength(kernels, model.InputShapes[index]) : 0);
}
