using System.Globalization;
using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Onnx;

// Nodes that change only dimensions and no values, and the dimensions themselves.
internal sealed partial class OnnxNetworkReader
{
    /// <summary>More numbers than dimensions have.</summary>
    private const int MostItems = 64;

    private OnnxValue RunFlatten()
    {
        Activation input = Peek();
        long axis = _node.Integer("axis", 1);
        return axis == 1 || axis == 1 - RankOf(input) ? AsVector(input) : throw new OnnxUnsupportedException($"begins at axis {axis}: all axes after the images, from 1 on, are flattened.");
    }

    private Activation AsVector(Activation input)
    {
        Shape shape = _chain.ShapeAt(input.Position);
        if (shape.IsVector || input.Form == ActivationForm.Vector)
        {
            return input with { Form = ActivationForm.Vector };
        }

        Shape? order = input.Form == ActivationForm.ImageLast && shape.Channels > 1 ? shape : null;
        return Append(input, new Flatten()) with { Form = ActivationForm.Vector, Order = order };
    }

    private OnnxValue RunReshape()
    {
        IReadOnlyList<long?> wanted = ItemsOf(1);
        switch (Value(0))
        {
            case ShapeValue shape:
                return new ShapeValue(shape.Items, wanted.Count == 0);
            case ConstantValue constant:
                return new ConstantValue(constant.Tensor.WithDimensions(Filled(wanted, constant.Tensor.Dimensions, constant.Tensor.Length)));
        }

        Activation input = Peek();
        IReadOnlyList<long?> dimensions = DimensionsOf(input);
        if (wanted.Count < 2 || !(wanted[0] is null or 0 or -1 || wanted[0] == _images))
        {
            throw new OnnxUnsupportedException($"makes [{Text(wanted)}] of [{Text(dimensions)}], where the images are no longer the first axis.");
        }

        // After the images, -1 is the remaining size, and 0 keeps the size.
        long[] known = [.. dimensions.Skip(1).Select(dimension => dimension!.Value)];
        long[] rest = Filled([.. wanted.Skip(1)], known, _chain.ShapeAt(input.Position).Length);
        Shape shapeNow = _chain.ShapeAt(input.Position);
        return rest.SequenceEqual(known) ? input
            : rest.Length == 1 ? AsVector(input)
            : shapeNow.IsVector && rest.Length == 3 && rest[0] == shapeNow.Channels ? input with { Form = ActivationForm.Image }
            : shapeNow.IsVector && rest.Length == 3 && rest[2] == shapeNow.Channels ? input with { Form = ActivationForm.ImageLast }
            : throw new OnnxUnsupportedException($"makes [{Text(wanted)}] of [{Text(dimensions)}]; only flattening an image to a vector can be imported.");
    }

    private static long[] Filled(IReadOnlyList<long?> wanted, IReadOnlyList<long> before, int length)
    {
        long[] filled = [.. wanted.Select((dimension, axis) => dimension == 0 && axis < before.Count ? before[axis] : dimension ?? -1)];
        Int128 product = filled.Where(dimension => dimension != -1).Aggregate((Int128)1, (so, dimension) => so * Math.Clamp(dimension, -1, int.MaxValue));
        int open = Array.IndexOf(filled, -1);
        if (open >= 0 && product > 0 && length % product == 0)
        {
            filled[open] = (long)(length / product);
            product = length;
        }

        return product == length && filled.All(dimension => dimension >= 0) && filled.Length <= 8
            ? filled
            : throw new OnnxUnsupportedException($"makes [{Text(wanted)}] of {length} values.");
    }

    private OnnxValue RunTranspose()
    {
        OnnxValue value = Value(0);
        long[]? order = _node.Integers("perm");
        if (value is ConstantValue constant)
        {
            return constant.Tensor.Dimensions.Count == 2 && order is null or [1, 0]
                ? new ConstantValue(Transposed(constant.Tensor))
                : throw new OnnxUnsupportedException("transposes a constant that is not a matrix: export the graph with constant folding.");
        }

        return value switch
        {
            Activation activation => Transposed(activation, order),
            AffineValue affine => affine with { Of = Transposed(affine.Of, order) },
            PaddedValue padded => padded with { Of = Transposed(padded.Of, order) },
            _ => throw new OnnxUnsupportedException("transposes a part of a GELU, or dimensions."),
        };
    }

    private static Activation Transposed(Activation activation, long[]? order) => (order, activation.Form) switch
    {
        ([0, 2, 3, 1], ActivationForm.Image) => activation with { Form = ActivationForm.ImageLast },
        ([0, 3, 1, 2], ActivationForm.ImageLast) => activation with { Form = ActivationForm.Image },
        ([0, 1, 2, 3], ActivationForm.Image or ActivationForm.ImageLast) or ([0, 1], ActivationForm.Vector) => activation,
        _ => throw new OnnxUnsupportedException($"puts the axes in the order {string.Join(", ", order ?? [])}; only from N C H W to N H W C and back can be imported."),
    };

    private OnnxValue RunSqueeze()
    {
        long[]? axes = _node.Integers("axes") ?? (ConstantOrNull(1) is { } given ? IntegersOf(given) : null);
        bool adds = _node.Operator == "Unsqueeze";
        switch (Value(0))
        {
            case ShapeValue { Items.Count: 1 } shape when shape.IsScalar == adds:
                return shape with { IsScalar = !adds };
            case ConstantValue constant:
                return new ConstantValue(constant.Tensor.WithDimensions(Squeezed(constant.Tensor.Dimensions, axes, adds)));
        }

        // The removed or added axes are one row and one column, after the channels or before them.
        Activation input = Peek();
        long[] dimensions = Squeezed([.. DimensionsOf(input).Select(dimension => dimension ?? -1)], axes, adds);
        Shape shapeNow = _chain.ShapeAt(input.Position);
        return dimensions.SequenceEqual([-1, shapeNow.Channels]) && shapeNow.IsVector ? input with { Form = ActivationForm.Vector }
            : shapeNow.IsVector && dimensions.SequenceEqual([-1, shapeNow.Channels, 1, 1]) ? input with { Form = ActivationForm.Image }
            : shapeNow.IsVector && dimensions.SequenceEqual([-1, 1, 1, shapeNow.Channels]) ? input with { Form = ActivationForm.ImageLast }
            : throw new OnnxUnsupportedException($"makes [{string.Join(", ", dimensions)}], which are neither images nor vectors.");
    }

    private static long[] Squeezed(IReadOnlyList<long> dimensions, long[]? axes, bool adds)
    {
        int rank = dimensions.Count + (adds ? axes?.Length ?? 0 : 0);
        HashSet<long> chosen = [.. axes?.Select(axis => axis < 0 ? axis + rank : axis) ?? Enumerable.Range(0, rank).Where(axis => dimensions[axis] == 1).Select(axis => (long)axis)];
        if (chosen.Any(axis => axis < 0 || axis >= rank || (!adds && dimensions[(int)axis] != 1)) || rank > 8 || (adds && axes?.Length != chosen.Count))
        {
            throw new OnnxUnsupportedException($"takes or adds the axes {string.Join(", ", axes ?? [])}, which do not exist or are not 1.");
        }

        Queue<long> left = new(dimensions.Where((_, axis) => adds || !chosen.Contains(axis)));
        return adds ? [.. Enumerable.Range(0, rank).Select(axis => chosen.Contains(axis) ? 1 : left.Dequeue())] : [.. left];
    }

    private ShapeValue RunShape()
    {
        IReadOnlyList<long?> items = Value(0) switch
        {
            ConstantValue constant => [.. constant.Tensor.Dimensions.Select(dimension => (long?)dimension)],
            AffineValue affine => DimensionsOf(affine.Of),
            Activation activation => DimensionsOf(activation),
            OnnxValue value => DimensionsOf(Materialize(value)),
        };
        return new ShapeValue(Range(items, _node.Integer("start", 0), _node.Integer("end", items.Count)), false);
    }

    private ShapeValue RunGather()
    {
        if (Value(0) is not (ShapeValue or ConstantValue { Tensor.IsInteger: true }))
        {
            throw new OnnxUnsupportedException("selects from the output of a layer; only selecting from dimensions can be imported.");
        }

        IReadOnlyList<long?> items = ItemsOf(0);
        OnnxTensor indices = Constant(1);
        long?[] picked =
        [
            .. IntegersOf(indices).Select(index => index < 0 ? index + items.Count : index)
                .Select(index => index >= 0 && index < items.Count ? items[(int)index] : throw new OnnxUnsupportedException($"picks item {index} of {items.Count}.")),
        ];
        return new ShapeValue(picked, indices.Dimensions.Count == 0);
    }

    private ShapeValue RunSlice()
    {
        if (Value(0) is not ShapeValue)
        {
            throw new OnnxUnsupportedException("slices the output of a layer; only dimensions can be sliced.");
        }

        IReadOnlyList<long?> items = ItemsOf(0);
        long[] starts = _node.Integers("starts") ?? IntegersOf(Constant(1));
        long[] ends = _node.Integers("ends") ?? IntegersOf(Constant(2));
        return starts.Length == 1 && ends.Length == 1 && (ConstantOrNull(4) is not { } steps || IntegersOf(steps) is [1])
            ? new ShapeValue(Range(items, starts[0], ends[0]), false)
            : throw new OnnxUnsupportedException("slices dimensions with a step, or along several axes.");
    }

    private ShapeValue RunConcat()
    {
        List<long?> items = [];
        for (int index = 0; index < _node.Inputs.Count; index++)
        {
            if (Value(index) is not (ShapeValue or ConstantValue { Tensor.IsInteger: true }))
            {
                throw new OnnxUnsupportedException("concatenates the channels of several branches, as SqueezeNet, GoogLeNet and DenseNet do. Only branches that meet in an Add can be imported.");
            }

            items.AddRange(ItemsOf(index));
            if (items.Count > MostItems)
            {
                throw new OnnxUnsupportedException($"makes a list of more than {MostItems} dimensions.");
            }
        }

        return new ShapeValue(items, false);
    }

    private ShapeValue RunShapeArithmetic()
    {
        IReadOnlyList<long?> left = ItemsOf(0);
        IReadOnlyList<long?> right = ItemsOf(1);
        if (left is not [long one] || right is not [long other] || _node.Operator != "Mul")
        {
            throw new OnnxUnsupportedException("computes with dimensions; only the product of two known dimensions can be imported.");
        }

        return new ShapeValue([(long)Math.Clamp((double)one * other, -1, int.MaxValue)], IsScalar(0) && IsScalar(1));
    }

    private bool IsScalar(int index) => Value(index) is ShapeValue { IsScalar: true } or ConstantValue { Tensor.Dimensions.Count: 0 };

    /// <summary>An input that is dimensions.</summary>
    private IReadOnlyList<long?> ItemsOf(int index) => Value(index) switch
    {
        ShapeValue shape => shape.Items,
        ConstantValue constant => [.. IntegersOf(constant.Tensor).Select(item => (long?)item)],
        _ => throw new OnnxUnsupportedException($"has an input {index} that depends on the values of the image, where dimensions were expected."),
    };

    private IReadOnlyList<long?> DimensionsOf(Activation activation)
    {
        Shape shape = _chain.ShapeAt(activation.Position);
        return activation.Form switch
        {
            ActivationForm.Vector => [null, shape.Channels],
            ActivationForm.Image => [null, shape.Channels, shape.Height, shape.Width],
            _ => [null, shape.Height, shape.Width, shape.Channels],
        };
    }

    private static int RankOf(Activation activation) => activation.Form == ActivationForm.Vector ? 2 : 4;

    private static IReadOnlyList<long?> Range(IReadOnlyList<long?> items, long start, long end)
    {
        int from = (int)Math.Clamp(start < 0 ? start + items.Count : start, 0, items.Count);
        int to = (int)Math.Clamp(end < 0 ? end + items.Count : end, from, items.Count);
        return [.. items.Skip(from).Take(to - from)];
    }

    private static string Text(IEnumerable<long?> items) => string.Join(", ", items.Select(item => item?.ToString(CultureInfo.InvariantCulture) ?? "N"));
}
