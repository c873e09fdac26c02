using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Onnx;

// Nodes that slide a window over the image.
internal sealed partial class OnnxNetworkReader
{
    private Activation RunConvolution()
    {
        // The zeros of a preceding Pad become padding of the convolution.
        OnnxValue value = Value(0);
        OnnxPadding before = value is PaddedValue { Of.Form: ActivationForm.Image } padded ? padded.Padding : default;
        Activation input = before == default ? TakeImage() : ((PaddedValue)value).Of;
        GoOn(input);
        OnnxTensor weight = Constant(1);
        int[] dimensions = DimensionsOf(weight, 4, "weights [filter][channel][row][column]");
        (int height, int width) = (dimensions[2], dimensions[3]);
        PerAxis stride = Pair("strides");
        PerAxis dilation = Pair("dilations");
        PerAxis reach = new(((height - 1) * dilation.Height) + 1, ((width - 1) * dilation.Width) + 1);
        OnnxPadding padding = PaddingOf(_chain.ShapeAt(input.Position), reach, stride) + before;
        if (!padding.IsSound)
        {
            throw new OnnxUnsupportedException($"has more than {OnnxPadding.Most} rows or columns of padding at one side, or a negative number.");
        }

        if (!padding.IsEven)
        {
            // Dilation has no effect on a single row or column, but it would spread the added zeros.
            dilation = new(height == 1 ? 1 : dilation.Height, width == 1 ? 1 : dilation.Width);
        }

        OnnxTensor kernel = _chain.Enlarge(weight, padding, dilation);
        OnnxTensor? bias = ConstantOrNull(2);
        Convolution convolution = new(
            dimensions[0], (int)kernel.Dimensions[2], (int)kernel.Dimensions[3], stride, padding.Largest, dilation, Bounded(_node.Integer("group", 1), "group"), bias != null);
        return bias == null ? Append(input, convolution, kernel) : Append(input, convolution, kernel, bias);
    }

    private Activation RunMaxPooling()
    {
        Activation input = TakeImage();
        (PerAxis window, PerAxis stride, OnnxPadding padding, _) = Window(input);
        if (padding.IsEven)
        {
            return Append(input, new MaxPooling(window, stride, padding.Largest));
        }

        if (!_chain.IsNonNegative(input.Position))
        {
            throw new OnnxUnsupportedException(
                "max-pools values that may be negative, with padding that differs between opposite sides. This can be imported only after a Relu or a Sigmoid.");
        }

        return Append(Padded(input, padding), new MaxPooling(window, stride));
    }

    private Activation RunAveragePooling()
    {
        Activation input = TakeImage();
        Shape shape = _chain.ShapeAt(input.Position);
        if (_node.Integers("kernel_shape") is [long height, long width] && height == shape.Height && width == shape.Width && (_node.Integers("pads") ?? []).All(side => side == 0))
        {
            return RunGlobalAveragePooling(keepsDimensions: true);
        }

        (PerAxis window, PerAxis stride, OnnxPadding padding, bool isBeyond) = Window(input);
        bool excludesPadding = padding != default && _node.Integer("count_include_pad", 0) == 0;
        if (padding.IsEven && (excludesPadding || !isBeyond))
        {
            return Append(input, new AveragePooling(window, stride, padding.Largest, excludesPadding));
        }

        return !excludesPadding && !isBeyond
            ? Append(Padded(input, padding), new AveragePooling(window, stride))
            : throw new OnnxUnsupportedException(
                "averages windows without their padding, and the padding differs between opposite sides: set count_include_pad, or use the same padding on all sides.");
    }

    private Activation RunGlobalAveragePooling(bool keepsDimensions)
    {
        Activation input = Take();
        if (input.Form == ActivationForm.Vector)
        {
            throw new OnnxUnsupportedException("takes the mean over the rows and columns of a vector.");
        }

        Activation output = Append(input, new GlobalAveragePooling());
        return keepsDimensions ? output : output with { Form = ActivationForm.Vector };
    }

    private Activation RunReduceMean()
    {
        long[] axes = _node.Integers("axes") ?? (ConstantOrNull(1) is { IsInteger: true } given ? IntegersOf(given) : []);
        Activation input = Take();
        long[] image = input.Form == ActivationForm.Image ? [2, 3] : [1, 2];
        return axes.Select(axis => axis < 0 ? axis + 4 : axis).Order().SequenceEqual(image)
            ? RunGlobalAveragePooling(_node.Integer("keepdims", 1) == 1)
            : throw new OnnxUnsupportedException($"takes the mean over the axes {string.Join(", ", axes)}; only the mean over rows and columns can be imported.");
    }

    private OnnxValue RunPad()
    {
        if (_node.Text("mode", "constant") != "constant" || _node.Number("value", 0) != 0 || (ConstantOrNull(2) is { Length: 1 } value && value.ToFloats()[0] != 0))
        {
            throw new OnnxUnsupportedException("pads with values other than zero.");
        }

        Activation input = Take();
        long[] pads = _node.Integers("pads") ?? IntegersOf(Constant(1));
        long[] axes = ConstantOrNull(3) is { } given ? IntegersOf(given) : [0, 1, 2, 3];
        if (input.Form == ActivationForm.Vector || pads.Length != 2 * axes.Length)
        {
            throw new OnnxUnsupportedException("does not pad an image, or does not have two numbers for each axis.");
        }

        // Begin and end of each axis of the graph.
        long[] sides = new long[8];
        for (int i = 0; i < axes.Length; i++)
        {
            long axis = axes[i] < 0 ? axes[i] + 4 : axes[i];
            if (axis is < 0 or > 3)
            {
                throw new OnnxUnsupportedException($"pads axis {axes[i]}, and images have four.");
            }

            (sides[axis], sides[axis + 4]) = (pads[i], pads[axes.Length + i]);
        }

        int row = input.Form == ActivationForm.Image ? 2 : 1;
        int channel = input.Form == ActivationForm.Image ? 1 : 3;
        if (sides[0] != 0 || sides[4] != 0 || sides[channel] != 0 || sides[channel + 4] != 0)
        {
            throw new OnnxUnsupportedException("pads the images or the channels; only rows and columns can be padded.");
        }

        OnnxPadding padding = new(Side(sides[row]), Side(sides[row + 1]), Side(sides[row + 4]), Side(sides[row + 5]));
        return padding == default ? input : new PaddedValue(input, padding);
    }

    private Activation Padded(Activation input, OnnxPadding padding)
    {
        if (padding == default)
        {
            return input;
        }

        _chain.AddPadding(padding);
        return input with { Position = _chain.Tip };
    }

    /// <summary>The window of a pooling, and whether it reaches beyond the image and its padding.</summary>
    private (PerAxis Window, PerAxis Stride, OnnxPadding Padding, bool IsBeyond) Window(Activation input)
    {
        if (!_node.Has("kernel_shape"))
        {
            throw new OnnxUnsupportedException("has no kernel_shape.");
        }

        PerAxis window = Pair("kernel_shape");
        PerAxis stride = Pair("strides");
        if (Pair("dilations") != 1)
        {
            throw new OnnxUnsupportedException("pools dilated windows; only windows without dilation can be imported.");
        }

        Shape shape = _chain.ShapeAt(input.Position);
        OnnxPadding padding = PaddingOf(shape, window, stride);
        OnnxPadding beyond = default;
        if (_node.Integer("ceil_mode", 0) == 1)
        {
            beyond = new(
                0, 0,
                Beyond(shape.Height, padding.Top, padding.Bottom, window.Height, stride.Height),
                Beyond(shape.Width, padding.Left, padding.Right, window.Width, stride.Width));
        }

        return (window, stride, padding + beyond, beyond != default);
    }

    /// <summary>The number of rows by which an incomplete last window extends beyond the padding, if it begins within the image.</summary>
    private static int Beyond(int size, int begin, int end, int window, int stride)
    {
        int rest = size + begin + end - window;
        int windows = ((rest + stride - 1) / stride) + 1;
        return rest <= 0 || rest % stride == 0 || (windows - 1) * stride >= size + begin ? 0 : ((windows - 1) * stride) - rest;
    }

    private OnnxPadding PaddingOf(Shape shape, PerAxis reach, PerAxis stride)
    {
        string automatic = _node.Text("auto_pad", "NOTSET");
        switch (automatic)
        {
            case "NOTSET" or "":
                long[] pads = _node.Integers("pads") ?? [0, 0, 0, 0];
                return pads.Length == 4
                    ? new(Side(pads[0]), Side(pads[1]), Side(pads[2]), Side(pads[3]))
                    : throw new OnnxUnsupportedException($"has {pads.Length} numbers for its padding, and an image has four sides.");
            case "VALID":
                return default;
            case "SAME_UPPER" or "SAME_LOWER":
                int height = Same(shape.Height, reach.Height, stride.Height);
                int width = Same(shape.Width, reach.Width, stride.Width);
                (int top, int left) = automatic == "SAME_UPPER" ? (height / 2, width / 2) : (height - (height / 2), width - (width / 2));
                return new(Side(top), Side(left), Side(height - top), Side(width - left));
            default:
                throw new OnnxUnsupportedException($"has the automatic padding '{OnnxNode.Printable(automatic)}', which does not exist.");
        }
    }

    private static int Same(int size, int window, int stride) => (int)Math.Clamp(((((size + stride - 1L) / stride) - 1) * stride) + window - size, 0, int.MaxValue);

    private static int Side(long count) => count is >= 0 and <= OnnxPadding.Most
        ? (int)count
        : throw new OnnxUnsupportedException($"has {count} rows or columns of padding at one side; it must be 0 to {OnnxPadding.Most}.");

    private PerAxis Pair(string name)
    {
        long[] values = _node.Integers(name) ?? [1, 1];
        return values.Length == 2
            ? new PerAxis(Bounded(values[0], name), Bounded(values[1], name))
            : throw new OnnxUnsupportedException($"has {values.Length} {name}, and an image has two: rows and columns.");
    }

    private static int Bounded(long value, string name) => value is >= 1 and <= 65536
        ? (int)value
        : throw new OnnxUnsupportedException($"has {value} for {name}, and a number from 1 to 65536 was expected.");

    private static int[] DimensionsOf(OnnxTensor tensor, int rank, string what) => tensor.Dimensions.Count == rank && tensor.Dimensions.All(dimension => dimension is >= 1 and <= int.MaxValue)
        ? [.. tensor.Dimensions.Select(dimension => (int)dimension)]
        : throw new OnnxUnsupportedException($"has [{string.Join(", ", tensor.Dimensions)}] where {what} were expected.");

    private static long[] IntegersOf(OnnxTensor tensor) => tensor.IsInteger && tensor.Length <= MostItems
        ? [.. Enumerable.Range(0, tensor.Length).Select(tensor.IntegerAt)]
        : throw new OnnxUnsupportedException("has no list of whole numbers where one was expected.");
}
