using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Onnx;

/// <summary>The layers that were made from a graph so far, with the values of their tensors.</summary>
internal sealed class OnnxChain
{
    /// <summary>As many layers as a model file may have.</summary>
    private const int MostLayers = 4096;

    /// <summary>
    /// The number of values that a graph may create in addition to those in the file: biases of layers that have none of their own, padded kernels, weights of one layer that are
    /// used again.
    /// </summary>
    private const long SpareValues = 1 << 22;

    private readonly List<Layer> _layers = [];
    private readonly List<OnnxTensor[]> _tensors = [];
    private readonly List<Shape> _shapes;

    /// <summary>For each layer, the position that it reads.</summary>
    private readonly List<int> _reads = [];

    /// <summary>The second branches that are still open: where each begins in the list, and the position that both of its branches read.</summary>
    private readonly Stack<(int Begin, int Block)> _branches = [];
    private int _next;
    private long _budget;

    /// <summary>Starts with the image.</summary>
    /// <param name="inputShape">Its shape.</param>
    /// <param name="fileLength">The size of the file, which limits what is made from it.</param>
    public OnnxChain(Shape inputShape, long fileLength)
    {
        _shapes = [inputShape];
        _budget = SpareValues + fileLength;
        InputScale = [.. Enumerable.Repeat(1f, inputShape.Channels)];
        InputOffset = new float[inputShape.Channels];
    }

    /// <summary>Number of layers, which is the position of the output of the last one.</summary>
    public int Tip => _layers.Count;

    /// <summary>Whether two branches began that no layer has joined.</summary>
    public bool HasOpenBranch => _branches.Count > 0;

    /// <summary>The factor of the image before the first layer, one number for each channel.</summary>
    public float[] InputScale { get; private set; }

    /// <summary>The offset that is added after it, one number for each channel.</summary>
    public float[] InputOffset { get; private set; }

    /// <summary>Sets the position that the next layer reads: the last, or an earlier one, where a second branch begins.</summary>
    /// <param name="position">How many layers are before it.</param>
    /// <exception cref="OnnxUnsupportedException">No second branch can begin there.</exception>
    public void GoOn(int position)
    {
        bool isEarlier = position < Tip;
        if (isEarlier && (_reads[position] != position || _branches.Any(branch => branch.Begin > position)))
        {
            throw new OnnxUnsupportedException(
                "begins a third branch, or a branch inside another one that ends outside of it. Only two branches that begin at one place and meet in an Add can be imported.");
        }

        _next = position;
    }

    /// <summary>The layer that adds an earlier position to the last one, which is the end of a residual block.</summary>
    /// <param name="position">How many layers are before it.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="OnnxUnsupportedException">There is no such block.</exception>
    public Residual Join(int position)
    {
        if (_branches.TryPeek(out (int Begin, int Block) branch) && branch.Begin == position)
        {
            _branches.Pop();
            return new Residual(branch.Begin - branch.Block, Tip - branch.Begin);
        }

        return _reads[position] == position
            ? new Residual(Tip - position)
            : throw new OnnxUnsupportedException("joins branches in the wrong order: the branch that began last must be joined first.");
    }

    /// <summary>The shape at a position.</summary>
    /// <param name="position">The number of layers before it.</param>
    /// <returns>The shape.</returns>
    public Shape ShapeAt(int position) => _shapes[position];

    /// <summary>Counts created values against the limit.</summary>
    /// <param name="values">How many.</param>
    /// <exception cref="OnnxUnsupportedException">There are more than a file of this size can need.</exception>
    public void Charge(Int128 values)
    {
        if (values > _budget)
        {
            throw new OnnxUnsupportedException($"makes more values ({values}) than a network in a file of this size can use.");
        }

        _budget -= (long)values;
    }

    /// <summary>Adds a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="tensors">Its tensors, in their order.</param>
    /// <exception cref="OnnxUnsupportedException">It does not fit.</exception>
    public void Add(Layer layer, params OnnxTensor[] tensors)
    {
        if (_layers.Count == MostLayers)
        {
            throw new OnnxUnsupportedException($"would be layer {MostLayers + 1}, and a model has at most {MostLayers}.");
        }

        try
        {
            Shape input = _shapes[_next];
            if (layer is Residual residual)
            {
                residual.CheckSum(input, _shapes[Tip - (residual.Shortcut > 0 ? residual.Shortcut : residual.Span)]);
            }

            Shape output = layer.OutputShape(input);
            if (layer.Sizes(input).Select(size => size.Values).Append(output.ValueCount).Any(values => values > ModelLayout.MostValues))
            {
                throw new OnnxUnsupportedException($"makes {layer} of {output} values for each image, and the limit is {ModelLayout.MostValues}.");
            }

            IReadOnlyList<ParameterDescription> parameters = layer.Parameters(input);
            foreach ((ParameterDescription parameter, OnnxTensor tensor) in parameters.Zip(tensors))
            {
                if (parameter.Length != tensor.Length)
                {
                    throw new OnnxUnsupportedException($"has {tensor.Length} values for the {parameter.Name} of the layer {layer}, and [{string.Join(", ", parameter.Dimensions)}] are needed.");
                }

                Charge(tensor.Length);
            }

            if (_next < Tip)
            {
                _branches.Push((Tip, _next));
            }

            _reads.Add(_next);
            _layers.Add(layer);
            _tensors.Add(tensors);
            _shapes.Add(output);
            _next = Tip;
        }
        catch (CnnException e)
        {
            throw new OnnxUnsupportedException($"cannot become a layer: {e.Message}");
        }
    }

    /// <summary>Zeros, or another number, as the values of a tensor.</summary>
    /// <param name="count">How many.</param>
    /// <param name="value">The number.</param>
    /// <returns>The tensor.</returns>
    public OnnxTensor Filled(int count, float value)
    {
        Charge(count);
        float[] values = new float[count];
        Array.Fill(values, value);
        return OnnxTensor.Of([count], values);
    }

    /// <summary>
    /// Applies scale · x + offset to the input of the next layer: as part of the normalisation of the image, as part of the weights of the last layer, as a scaling, or as a depthwise convolution of one pixel.
    /// </summary>
    /// <param name="scale">One number, or one for each channel.</param>
    /// <param name="offset">One number, or one for each channel.</param>
    /// <param name="isShared">Whether other nodes also read x, so that x itself must not change.</param>
    public void AddAffine(float[] scale, float[] offset, bool isShared)
    {
        int channels = _shapes[_next].Channels;
        isShared |= _next < Tip;
        if (!isShared && Tip == 0 && scale.All(factor => factor > 0 && float.IsFinite(factor)))
        {
            InputScale = [.. InputScale.Select((factor, channel) => factor * At(scale, channel))];
            InputOffset = [.. InputOffset.Select((term, channel) => (term * At(scale, channel)) + At(offset, channel))];
            return;
        }

        if (!isShared && Tip > 0 && _layers[^1] is Convolution or Dense)
        {
            // One number of 0 stands for nothing that is added, and a layer without biases stays so.
            bool hasBias = _tensors[^1].Length > 1 || offset is not [0];
            _layers[^1] = _layers[^1] is Convolution convolution ? convolution with { HasBias = hasBias } : ((Dense)_layers[^1]) with { HasBias = hasBias };
            _tensors[^1] = Scaled(_tensors[^1], channels, scale, offset, hasBias);
            return;
        }

        if (scale.All(factor => factor == scale[0]) && float.IsFinite(scale[0]) && scale[0] != 0 && offset.All(term => term == 0))
        {
            Add(new Scaling(OnnxNetworkReader.Exact(scale[0])));
            return;
        }

        Convolution affine = new(channels, 1, 1, Groups: channels, HasBias: offset is not [0]);
        affine.CheckSettings();
        Charge(2 * channels);
        OnnxTensor ForEach(float[] numbers) => OnnxTensor.Of([channels], [.. Enumerable.Range(0, channels).Select(channel => At(numbers, channel))]);
        Add(affine, affine.HasBias ? [ForEach(scale), ForEach(offset)] : [ForEach(scale)]);
    }

    /// <summary>Adds zeros around the input of the next layer, as a depthwise convolution with the weight 1.</summary>
    /// <param name="padding">How many.</param>
    public void AddPadding(OnnxPadding padding)
    {
        int channels = _shapes[_next].Channels;
        OnnxTensor one = Filled(channels, 1).WithDimensions([channels, 1, 1, 1]);
        OnnxTensor kernel = Enlarge(one, padding, dilation: 1);
        Add(new Convolution(channels, (int)kernel.Dimensions[2], (int)kernel.Dimensions[3], 1, padding.Largest, 1, channels, HasBias: false), kernel);
    }

    /// <summary>
    /// Adds zeros around each filter, so that a convolution whose padding differs from one side to the opposite one can have <see cref="OnnxPadding.Largest"/> on both.
    /// </summary>
    /// <param name="weight">[filter][channel][row][column].</param>
    /// <param name="padding">The padding.</param>
    /// <param name="dilation">Rows and columns of the image from one of a filter to the next.</param>
    /// <returns>The filters; unchanged if opposite sides have the same padding.</returns>
    /// <exception cref="OnnxUnsupportedException">The differences are not multiples of the dilation.</exception>
    public OnnxTensor Enlarge(OnnxTensor weight, OnnxPadding padding, PerAxis dilation)
    {
        if (padding.IsEven)
        {
            return weight;
        }

        (int height, int width) = padding.Largest;
        OnnxPadding more = new(height - padding.Top, width - padding.Left, height - padding.Bottom, width - padding.Right);
        if ((more.Top + more.Bottom) % dilation.Height != 0 || (more.Left + more.Right) % dilation.Width != 0)
        {
            throw new OnnxUnsupportedException($"has {padding.Top}, {padding.Left}, {padding.Bottom} and {padding.Right} rows and columns of padding; opposite sides may differ only by a multiple of the dilation, {dilation}.");
        }

        more = new(more.Top / dilation.Height, more.Left / dilation.Width, more.Bottom / dilation.Height, more.Right / dilation.Width);
        int filters = checked((int)(weight.Dimensions[0] * weight.Dimensions[1]));
        int rows = (int)weight.Dimensions[2];
        int columns = (int)weight.Dimensions[3];
        int newRows = rows + more.Top + more.Bottom;
        int newColumns = columns + more.Left + more.Right;
        Charge((Int128)filters * newRows * newColumns);
        float[] values = weight.ToFloats();
        float[] enlarged = new float[filters * newRows * newColumns];
        for (int row = 0; row < filters * rows; row++)
        {
            int target = (((row / rows * newRows) + (row % rows) + more.Top) * newColumns) + more.Left;
            values.AsSpan(row * columns, columns).CopyTo(enlarged.AsSpan(target));
        }

        return OnnxTensor.Of([weight.Dimensions[0], weight.Dimensions[1], newRows, newColumns], enlarged);
    }

    /// <summary>Whether no value at a position can be negative, so that zeros around it do not change max pooling.</summary>
    /// <param name="position">The position.</param>
    /// <returns>Whether it is so.</returns>
    public bool IsNonNegative(int position)
    {
        while (position > 0 && _layers[position - 1] is MaxPooling or AveragePooling or Dropout or Flatten)
        {
            position = _reads[position - 1];
        }

        return position > 0 && _layers[position - 1] is Relu or Relu6 or Sigmoid;
    }

    /// <summary>Makes the model.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="path">The source.</param>
    /// <returns>The model, with its parameters.</returns>
    /// <exception cref="CnnException">The layers do not form a valid model.</exception>
    public Model MakeModel(string name, string path)
    {
        Model model = new(_shapes[0], _layers) { Name = name, Path = path };
        foreach ((ModelParameter parameter, OnnxTensor tensor) in model.Parameters.Zip(_tensors.SelectMany(tensors => tensors)))
        {
            tensor.CopyTo(model.Values(parameter));
        }

        return model;
    }

    /// <summary>The number for a channel; a single number is for all channels.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="channel">Which one.</param>
    /// <returns>The number.</returns>
    public static float At(float[] values, int channel) => values.Length == 1 ? values[0] : values[channel];

    private OnnxTensor[] Scaled(OnnxTensor[] tensors, int outputs, float[] scale, float[] offset, bool hasBias)
    {
        OnnxTensor weight = tensors[0];
        if (scale.Any(factor => factor != 1))
        {
            Charge(weight.Length);
            float[] values = weight.ToFloats();
            int each = values.Length / outputs;
            for (int i = 0; i < values.Length; i++)
            {
                values[i] *= At(scale, i / each);
            }

            weight = OnnxTensor.Of([.. weight.Dimensions], values);
        }

        if (!hasBias)
        {
            return [weight];
        }

        float[] bias = (tensors.Length > 1 ? tensors[1] : Filled(outputs, 0)).ToFloats();
        for (int output = 0; output < outputs; output++)
        {
            bias[output] = (bias[output] * At(scale, output)) + At(offset, output);
        }

        return [weight, OnnxTensor.Of([outputs], bias)];
    }
}

/// <summary>A node has no corresponding layer, or contradicts itself. The message follows the name of the node.</summary>
/// <param name="wrong">What the node does, such as <c>has three inputs</c>.</param>
internal sealed class OnnxUnsupportedException(string wrong) : Exception(wrong);
