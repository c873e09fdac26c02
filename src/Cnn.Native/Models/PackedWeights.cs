using Cnn.Kernels;
using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>
/// The parameters of a model in the forms in which the kernels read them, shared by all workers. They are what the model's were when
/// they were packed: once a step in training, once where the model does not change.
/// </summary>
internal sealed unsafe class PackedWeights : IDisposable
{
    private readonly Model _model;
    private readonly KernelSet _kernels;

    // Of each layer; null where it reads its parameters as they lie in the model, or has none.
    private readonly NativeBuffer<float>?[] _forward;
    private readonly NativeBuffer<float>?[] _backward;

    // What there is to pack: a layer, where its weights and biases lie in the model, and whether it is for the way back.
    private readonly (int Layer, int Weight, int Bias, bool IsBackward)[] _pieces;

    /// <summary>Asks for the memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">How the model is run.</param>
    /// <param name="isTraining">Whether workers go back too.</param>
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
                .Select(isBackward => (tensors.Key, tensors.First().Offset, tensors.Last().Offset, isBackward))),
        ];
    }

    /// <summary>How much memory that is.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">How the model is run.</param>
    /// <param name="isTraining">Whether workers go back too.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, KernelSet kernels, ExecutionPlan plan, bool isTraining) =>
        ForwardLengths(model, kernels).Concat(BackwardLengths(model, kernels, plan, isTraining)).Sum(NativeHeap.BytesOf<float>);

    /// <summary>How many pieces there are to pack; workers may take them in any order.</summary>
    public int Pieces => _pieces.Length;

    /// <summary>Packs one piece.</summary>
    /// <param name="piece">The index of the piece.</param>
    public void Pack(int piece)
    {
        (int layer, int weight, int bias, bool isBackward) = _pieces[piece];
        float* parameters = _model.ParameterBuffer.Pointer;
        var pass = new LayerPass
        {
            Kernels = _kernels,
            InputShape = _model.InputShapes[layer],
            Images = 0,
            Weight = parameters + weight,
            Bias = parameters + bias,
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

    /// <summary>A layer's parameters for the way forward; null where they are read as they lie in the model.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <returns>The packed parameters.</returns>
    public float* Forward(int layer) => _forward[layer] is { } buffer ? buffer.Pointer : null;

    /// <summary>A layer's parameters for the way back; null where they are read as they lie in the model, and where no gradient goes further back.</summary>
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
