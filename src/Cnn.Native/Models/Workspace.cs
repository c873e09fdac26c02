using Cnn.Data;
using Cnn.Kernels;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Numerics;

namespace Cnn.Models;

/// <summary>The memory in which one worker runs the forward and backward pass of a shard of images. No pass allocates memory.</summary>
internal sealed unsafe class Workspace : IDisposable
{
    private readonly Model _model;
    private readonly KernelSet _kernels;
    private readonly ExecutionPlan _plan;
    private readonly PackedWeights _packed;
    private readonly BatchTensors? _batch;
    private readonly BatchStatistics? _statistics;
    private readonly NativeBuffer<float>[] _values;
    private readonly NativeBuffer<float>[] _gradients;
    private readonly NativeBuffer<int>[] _states;
    private readonly NativeBuffer<float>[] _heldGradients;
    private readonly NativeBuffer<float> _scratch;
    private readonly NativeBuffer<float> _scale;
    private readonly NativeBuffer<float> _offset;

    // For each layer, the offsets of its tensors in the model (and in the model's gradient).
    private readonly int[][] _offsets;

    /// <summary>Allocates the memory.</summary>
    /// <param name="model">The model; its normalisation is copied as it is now.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="images">Images of the largest shard.</param>
    /// <param name="packed">The model's packed parameters.</param>
    /// <param name="batch">The batch's tensors for training; null for a workspace that only runs the forward pass and keeps nothing.</param>
    /// <param name="statistics">The measurements of the batch by its layers, for training; null for a workspace that only runs the forward pass.</param>
    public Workspace(Model model, KernelSet kernels, ExecutionPlan plan, int images, PackedWeights packed, BatchTensors? batch, BatchStatistics? statistics)
    {
        _model = model;
        _kernels = kernels;
        _plan = plan;
        _packed = packed;
        _batch = batch;
        _statistics = statistics;

        bool isTraining = batch != null;
        _values = [.. ValueLengths(plan, images, isTraining).Select(length => new NativeBuffer<float>(length))];
        _gradients = isTraining ? [.. AlternatingLengths(plan, images).Select(length => new NativeBuffer<float>(length))] : [];
        int keptHere = KeptHere(plan, images, isTraining);
        _states = [.. BatchTensors.StateLengths(model, keptHere).Select(length => new NativeBuffer<int>(length))];
        _heldGradients = isTraining ? [.. BatchTensors.HeldLengths(model, keptHere).Select(length => new NativeBuffer<float>(length))] : [];
        _scratch = new NativeBuffer<float>(ScratchLength(model, kernels));
        int[] OffsetsOf(int layer) => [.. model.Parameters.Where(parameter => parameter.Layer == layer).Select(parameter => parameter.Offset)];
        _offsets = [.. Enumerable.Range(0, model.Layers.Count).Select(OffsetsOf)];
        _scale = new NativeBuffer<float>(model.InputShape.Channels);
        _offset = new NativeBuffer<float>(model.InputShape.Channels);
        model.Normalization.Scale().CopyTo(_scale.Span(0, model.InputShape.Channels));
        model.Normalization.Offset().CopyTo(_offset.Span(0, model.InputShape.Channels));
    }

    /// <summary>The number of bytes that a workspace allocates.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="plan">The execution plan.</param>
    /// <param name="images">Images of the largest shard.</param>
    /// <param name="isTraining">Whether it also runs the backward pass.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Model model, KernelSet kernels, ExecutionPlan plan, int images, bool isTraining)
    {
        int keptHere = KeptHere(plan, images, isTraining);
        return ValueLengths(plan, images, isTraining)
            .Concat(isTraining ? AlternatingLengths(plan, images).Concat(BatchTensors.HeldLengths(model, keptHere)) : [])
            .Concat([ScratchLength(model, kernels), model.InputShape.Channels, model.InputShape.Channels])
            .Sum(NativeHeap.BytesOf<float>)
            + BatchTensors.StateLengths(model, keptHere).Sum(NativeHeap.BytesOf<int>);
    }

    /// <summary>64 random bits of the current training step: all random numbers in it are derived from them.</summary>
    public ulong StepNoise { get; set; }

    /// <summary>Normalises one image.</summary>
    /// <param name="pixels">[row][column][channel] of the image.</param>
    /// <param name="target">[row][column][channel]: where it goes, usually an <see cref="Input"/> of the first layer.</param>
    public void LoadImage(byte* pixels, float* target)
    {
        Shape shape = _model.InputShape;
        _kernels.Normalize(shape.Height * shape.Width, shape.Channels, pixels, _scale.Pointer, _offset.Pointer, target);
    }

    /// <summary>Distorts and normalises one image.</summary>
    /// <param name="pixels">[row][column][channel] of the image.</param>
    /// <param name="target">[row][column][channel]: where it goes.</param>
    /// <param name="augmenter">The worker's augmenter.</param>
    /// <param name="random">The random numbers of the image.</param>
    /// <param name="isMirrored">Whether the image is mirrored this time.</param>
    public void LoadImage(byte* pixels, float* target, Augmenter augmenter, RandomStream random, bool isMirrored) =>
        augmenter.Load(pixels, random, isMirrored, _scale.Pointer, _offset.Pointer, target);

    /// <summary>Runs all layers on the shard.</summary>
    /// <param name="images">Images of the shard.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <returns>[image][class]: the logits, in this workspace.</returns>
    public float* Forward(int images, int first) => Forward(images, first, 0, _model.Layers.Count);

    /// <summary>Runs some layers on the shard; in training, it then measures the shard for the layer after them, if that layer needs a measurement.</summary>
    /// <param name="images">Images of the shard.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <param name="firstLayer">The first layer.</param>
    /// <param name="endLayer">The layer after the last.</param>
    /// <returns>[image][class]: the logits, in this workspace, if the last layer was run.</returns>
    public float* Forward(int images, int first, int firstLayer, int endLayer)
    {
        for (int layer = firstLayer; layer < endLayer; layer++)
        {
            _model.Layers[layer].Forward(Pass(layer, images, first));
        }

        if (_statistics != null && endLayer < _model.Layers.Count && _plan.IsTrained(endLayer) && _model.Layers[endLayer] is BatchLayer batchLayer)
        {
            batchLayer.MeasureForward(Pass(endLayer, images, first));
        }

        return Values(_plan.Tensors.Count - 1, first);
    }

    /// <summary>The output of a layer, until another layer overwrites it.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <returns>[image][row][column][channel], in this workspace.</returns>
    public float* Output(int layer, int first) => Values(_plan.OutputOf(layer), first);

    /// <summary>The input of a layer, for one image.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="place">The position in the shard.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <returns>[row][column][channel], in this workspace.</returns>
    public float* Input(int layer, int place, int first)
    {
        int tensor = _plan.InputOf(layer);
        return Values(tensor, first) + ((nint)place * _plan.Tensors[tensor].Length);
    }

    /// <summary>The gradient of the output of a layer, after the backward pass has reached the layer and before it continues.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <returns>[image][row][column][channel], in this workspace.</returns>
    public float* OutputGradient(int layer, int first) => Gradients(_plan.OutputOf(layer), first);

    /// <summary>The gradient of the logits: the loss writes it, and <see cref="Backward"/> starts from it.</summary>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <returns>[image][class].</returns>
    public float* LogitGradient(int first) => Gradients(_plan.Tensors.Count - 1, first);

    /// <summary>
    /// Runs the backward pass of some layers on the shard; in training, it then measures the gradient for the layer before them, if that layer needs a
    /// measurement.
    /// </summary>
    /// <param name="images">Images of the shard.</param>
    /// <param name="first">The first image of the shard in the batch.</param>
    /// <param name="sums">The destination of the gradients that layers compute shard by shard.</param>
    /// <param name="shard">The index of the shard.</param>
    /// <param name="endLayer">The layer after the first one to run.</param>
    /// <param name="lastLayer">The last layer to run.</param>
    public void Backward(int images, int first, GradientSums sums, int shard, int endLayer, int lastLayer)
    {
        for (int layer = endLayer - 1; layer >= lastLayer; layer--)
        {
            _model.Layers[layer].Backward(Pass(layer, images, first, sums: sums.Of(layer, shard), isBackward: true));
            CollectGradient(layer, images, first);
        }

        if (lastLayer > _plan.FirstTrained && _statistics != null)
        {
            ((BatchLayer)_model.Layers[lastLayer - 1]).MeasureBackward(Pass(lastLayer - 1, images, first, isBackward: true));
        }
    }

    /// <summary>Computes some parts of the gradient of a layer from the whole batch.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="images">Images of the batch.</param>
    /// <param name="gradient">Laid out like the model's parameters.</param>
    /// <param name="firstPart">The first part.</param>
    /// <param name="parts">The number of parts.</param>
    public void ParameterGradient(int layer, int images, float* gradient, int firstPart, int parts) =>
        _model.Layers[layer].ParameterGradient(Pass(layer, images, 0, gradient, isBackward: true), firstPart, parts);

    /// <summary>Converts the sum of the shards' contributions to the gradient of a layer.</summary>
    /// <param name="layer">The index of the layer.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="gradient">Laid out like the model's parameters.</param>
    public void UnpackGradient(int layer, float* sums, float* gradient) =>
        _model.Layers[layer].UnpackGradient(Pass(layer, 0, 0, gradient, sums));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable buffer in _values.Concat<IDisposable>(_gradients).Concat(_heldGradients).Concat(_states).Append(_scratch).Append(_scale).Append(_offset))
        {
            buffer.Dispose();
        }
    }

    /// <summary>
    /// Adds the gradients that other layers hold of what the layer before a layer gives. The layer has made its own of it, unless a shortcut begins with it: then nobody has yet.
    /// </summary>
    private void CollectGradient(int layer, int images, int first)
    {
        int tensor = _plan.Before(layer);
        if (!_plan.NeedsGradient(tensor))
        {
            return;
        }

        float* gradient = Gradients(tensor, first);
        int count = images * _plan.Tensors[tensor].Length;
        bool isMade = !_plan.BeginsShortcut(layer);
        foreach (int reader in _plan.LaterReadersBefore(layer))
        {
            float* held = HeldGradient(reader, first);
            if (isMade)
            {
                _kernels.Add(count, held, gradient);
            }
            else
            {
                new ReadOnlySpan<float>(held, count).CopyTo(new Span<float>(gradient, count));
                isMade = true;
            }
        }
    }

    /// <summary>
    /// Going forward, a tensor is dead when the next is made, save one that is read later: two buffers serve all others.
    /// Gradients are so in the other direction.
    /// </summary>
    private static IEnumerable<long> AlternatingLengths(ExecutionPlan plan, int images) =>
        new[] { 0, 1 }.Select(odd => (long)images * plan.Tensors.Where((_, index) => index % 2 == odd).Select(tensor => tensor.Length).DefaultIfEmpty().Max());

    private static IEnumerable<long> ValueLengths(ExecutionPlan plan, int images, bool isTraining) => isTraining
        ? plan.Tensors.Select(tensor => tensor.KeepsBatch ? 0 : (long)images * tensor.Length)
        : AlternatingLengths(plan, images).Concat(plan.Tensors.Select(tensor => tensor.IsReadLater ? (long)images * tensor.Length : 0));

    /// <summary>The number of images for which the workspace itself keeps the state for the backward pass.</summary>
    private static int KeptHere(ExecutionPlan plan, int images, bool isTraining) => isTraining && plan.KeepsBatch ? 0 : images;

    private static long ScratchLength(Model model, KernelSet kernels) =>
        model.Layers.Select((layer, index) => layer.ScratchLength(kernels, model.InputShapes[index])).DefaultIfEmpty().Max();

    private LayerPass Pass(int layer, int images, int first, float* gradient = null, float* sums = null, bool isBackward = false)
    {
        int input = _plan.InputOf(layer);
        int output = _plan.OutputOf(layer);
        float* parameters = _model.ParameterBuffer.Pointer;
        ReadOnlySpan<int> offsets = _offsets[layer];
        int added = _plan.AddedTo(layer);
        int* states = _batch == null ? null : _batch.States(layer);
        return new LayerPass
        {
            Kernels = _kernels,
            InputShape = _model.InputShapes[layer],
            Images = images,
            IsTraining = _batch != null && _plan.IsTrained(layer),
            FirstImage = first,
            Noise = new RandomStream(StepNoise, (ulong)layer).NextUInt64(),
            Input = Values(input, first),
            Output = Values(output, first),
            OutputGradient = isBackward ? Gradients(output, first) : null,
            InputGradient = !isBackward || !_plan.NeedsGradient(input) ? null : _plan.BeginsShortcut(layer) ? HeldGradient(layer, first) : Gradients(input, first),
            Weight = offsets.Length > 0 ? parameters + offsets[0] : null,
            Bias = offsets.Length > 1 ? parameters + offsets[1] : null,
            RunningMean = offsets.Length > 2 ? parameters + offsets[2] : null,
            RunningVariance = offsets.Length > 3 ? parameters + offsets[3] : null,
            ForwardWeights = _packed.Forward(layer),
            BackwardWeights = _packed.Backward(layer),
            GradientSums = sums,
            WeightGradient = offsets.Length > 0 && gradient != null ? gradient + offsets[0] : null,
            BiasGradient = offsets.Length > 1 && gradient != null ? gradient + offsets[1] : null,
            State = states == null ? _states[layer].Pointer : states + ((nint)first * _model.Layers[layer].StateLength(_model.InputShapes[layer])),
            Added = added < 0 ? null : Values(added, first),
            AddedGradient = isBackward && added >= 0 && _plan.NeedsGradient(added) ? HeldGradient(layer, first) : null,
            Measurement = _statistics == null ? null : _statistics.Measurement(layer, first),
            Statistics = _statistics == null ? null : _statistics.Statistics(layer),
            Scratch = _scratch.Pointer,
        };
    }

    private float* Values(int tensor, int first)
    {
        if (_batch == null)
        {
            return _values[_plan.Tensors[tensor].IsReadLater ? tensor + 2 : tensor % 2].Pointer;
        }

        float* kept = _batch.Values(tensor);
        return kept == null ? _values[tensor].Pointer : kept + ((nint)first * _plan.Tensors[tensor].Length);
    }

    private float* HeldGradient(int layer, int first)
    {
        float* kept = _batch!.HeldGradients(layer);
        return kept == null ? _heldGradients[layer].Pointer : kept + ((nint)first * _model.InputShapes[layer].Length);
    }

    private float* Gradients(int tensor, int first)
    {
        float* kept = _batch!.Gradients(tensor);
        return kept == null ? _gradients[tensor % 2].Pointer : kept + ((nint)first * _plan.Tensors[tensor].Length);
    }
}
