using Cnn.Data;
using Cnn.Kernels;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Numerics;

namespace Cnn.Models;

/// <summary>The memory in which one worker takes a shard of images through a model and back. Nothing is allocated on the way.</summary>
internal sealed unsafe class Workspace : IDisposable
{
    private readonly Model _model;
    private readonly KernelSet _kernels;
    private readonly TensorPlan _plan;
    private readonly BatchTensors? _batch;
    private readonly NativeBuffer<float>[] _values;
    private readonly NativeBuffer<float>[] _gradients;
    private readonly NativeBuffer<int>[] _states;
    private readonly NativeBuffer<float> _scratch;
    private readonly NativeBuffer<float> _scale;
    private readonly NativeBuffer<float> _offset;

    // Of each layer: where its tensors lie in the model (and in the model's gradient), −1 where there are none.
    private readonly int[] _weightOffset;
    private readonly int[] _biasOffset;

    /// <summary>Asks for the memory.</summary>
    /// <param name="model">The model; its normalisation is taken as it is now.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">The model's tensors.</param>
    /// <param name="images">Images of the largest shard.</param>
    /// <param name="batch">The batch's tensors for training; null for a workspace that only goes forward and keeps nothing.</param>
    public Workspace(Model model, KernelSet kernels, TensorPlan plan, int images, BatchTensors? batch)
    {
        _model = model;
        _kernels = kernels;
        _plan = plan;
        _batch = batch;

        // Going forward, a tensor is dead when the next is made: two buffers serve all. Gradients are so in the other direction.
        NativeBuffer<float>[] Alternating() =>
            [.. new[] { 0, 1 }.Select(odd => new NativeBuffer<float>((long)images * plan.Tensors.Where((_, index) => index % 2 == odd).Select(tensor => tensor.Length).DefaultIfEmpty().Max()))];

        _values = batch == null
            ? Alternating()
            : [.. plan.Tensors.Select(tensor => new NativeBuffer<float>(tensor.KeepsBatch ? 0 : (long)images * tensor.Length))];
        _gradients = batch == null ? [] : Alternating();
        _states = [.. model.Layers.Select((layer, index) => new NativeBuffer<int>((long)images * layer.StateLength(model.Shapes[index])))];
        _scratch = new NativeBuffer<float>(model.Layers.Select((layer, index) => layer.ScratchLength(kernels, model.Shapes[index])).DefaultIfEmpty().Max());
        _weightOffset = new int[model.Layers.Count];
        _biasOffset = new int[model.Layers.Count];
        Array.Fill(_weightOffset, -1);
        Array.Fill(_biasOffset, -1);
        foreach (ModelParameter parameter in model.Parameters)
        {
            int[] offsets = _weightOffset[parameter.Layer] < 0 ? _weightOffset : _biasOffset;
            offsets[parameter.Layer] = parameter.Offset;
        }

        _scale = new NativeBuffer<float>(model.InputShape.Channels);
        _offset = new NativeBuffer<float>(model.InputShape.Channels);
        model.Normalization.Scale().CopyTo(_scale.Span(0, model.InputShape.Channels));
        model.Normalization.Offset().CopyTo(_offset.Span(0, model.InputShape.Channels));
    }

    /// <summary>64 random bits of the step that is trained: all that is random in it follows from them.</summary>
    public ulong StepNoise { get; set; }

    /// <summary>Normalises one image into a place of the shard.</summary>
    /// <param name="pixels">[row][column][channel] of the image.</param>
    /// <param name="place">The place in the shard.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    public void LoadImage(byte* pixels, int place, int first)
    {
        Shape shape = _model.InputShape;
        _kernels.Normalize(
            shape.Height * shape.Width, shape.Channels, pixels, _scale.Pointer, _offset.Pointer, Values(0, first) + ((nint)place * shape.Length));
    }

    /// <summary>Distorts and normalises one image into a place of the shard.</summary>
    /// <param name="pixels">[row][column][channel] of the image.</param>
    /// <param name="place">The place in the shard.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <param name="augmenter">The worker's augmenter.</param>
    /// <param name="random">The random numbers of the image.</param>
    public void LoadImage(byte* pixels, int place, int first, Augmenter augmenter, RandomStream random) => augmenter.Load(
        pixels, random, _scale.Pointer, _offset.Pointer, Values(0, first) + ((nint)place * _model.InputShape.Length));

    /// <summary>Takes the shard through all layers.</summary>
    /// <param name="images">Images of the shard.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <returns>[image][class]: the logits, in this workspace.</returns>
    public float* Forward(int images, int first)
    {
        for (int layer = 0; layer < _model.Layers.Count; layer++)
        {
            _model.Layers[layer].Forward(Pass(layer, images, first, null));
        }

        return Values(_plan.Tensors.Count - 1, first);
    }

    /// <summary>The gradient of the logits: the loss writes it, and <see cref="Backward"/> starts from it.</summary>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <returns>[image][class].</returns>
    public float* LogitGradient(int first) => Gradients(_plan.Tensors.Count - 1, first);

    /// <summary>Takes the gradient of the shard back through all layers.</summary>
    /// <param name="images">Images of the shard.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <param name="gradient">
    /// Laid out like the model's parameters: the layers that make their gradient shard by shard write it here.
    /// </param>
    public void Backward(int images, int first, float* gradient)
    {
        for (int layer = _model.Layers.Count - 1; layer >= 0; layer--)
        {
            _model.Layers[layer].Backward(Pass(layer, images, first, gradient));
        }
    }

    /// <summary>Makes some parts of the gradient of a layer from the whole batch.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="images">Images of the batch.</param>
    /// <param name="gradient">Laid out like the model's parameters.</param>
    /// <param name="firstPart">The first part.</param>
    /// <param name="parts">The number of parts.</param>
    public void ParameterGradient(int layer, int images, float* gradient, int firstPart, int parts) =>
        _model.Layers[layer].ParameterGradient(Pass(layer, images, 0, gradient), firstPart, parts);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable buffer in _values.Concat<IDisposable>(_gradients).Concat(_states).Append(_scratch).Append(_scale).Append(_offset))
        {
            buffer.Dispose();
        }
    }

    private LayerPass Pass(int layer, int images, int first, float* gradient)
    {
        int input = _plan.InputOf(layer);
        int output = _plan.OutputOf(layer);
        float* parameters = _model.ParameterBuffer.Pointer;
        int weight = _weightOffset[layer];
        int bias = _biasOffset[layer];
        return new LayerPass
        {
            Kernels = _kernels,
            InputShape = _model.Shapes[layer],
            Images = images,
            IsTraining = _batch != null,
            FirstImage = first,
            Noise = new RandomStream(StepNoise, (ulong)layer).NextUInt64(),
            Input = Values(input, first),
            Output = Values(output, first),
            OutputGradient = gradient == null ? null : Gradients(output, first),
            InputGradient = gradient == null || input == 0 ? null : Gradients(input, first),
            Weight = weight < 0 ? null : parameters + weight,
            Bias = bias < 0 ? null : parameters + bias,
            WeightGradient = weight < 0 || gradient == null ? null : gradient + weight,
            BiasGradient = bias < 0 || gradient == null ? null : gradient + bias,
            State = _states[layer].Pointer,
            Scratch = _scratch.Pointer,
        };
    }

    private float* Values(int tensor, int first)
    {
        if (_batch == null)
        {
            return _values[tensor % 2].Pointer;
        }

        float* kept = _batch.Values(tensor);
        return kept == null ? _values[tensor].Pointer : kept + ((nint)first * _plan.Tensors[tensor].Length);
    }

    private float* Gradients(int tensor, int first)
    {
        float* kept = _batch!.Gradients(tensor);
        return kept == null ? _gradients[tensor % 2].Pointer : kept + ((nint)first * _plan.Tensors[tensor].Length);
    }
}
