using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Onnx;

// Matrix products, and arithmetic that becomes part of layers.
internal sealed partial class OnnxNetworkReader
{
    /// <summary>How far the constants of a GELU may be from their exact values: some programs write them with four digits.</summary>
    private const float Tolerance = 1e-4f;

    private Activation RunGemm()
    {
        Activation input = TakeVector();
        if (_node.Integer("transA", 0) != 0)
        {
            throw new OnnxUnsupportedException("transposes the images of a batch.");
        }

        OnnxTensor weight = Constant(1);
        DimensionsOf(weight, 2, "weights [output][input] or [input][output]");
        weight = _node.Integer("transB", 0) != 0 ? weight : Transposed(weight);
        int outputs = (int)weight.Dimensions[0];
        weight = Factored(InOrder(weight, input.Order), _node.Number("alpha", 1));
        OnnxTensor? bias = ConstantOrNull(2);
        if (bias == null)
        {
            return Append(input with { Order = null }, new Dense(outputs, HasBias: false), weight);
        }

        if (bias.Length == 1 && outputs > 1)
        {
            bias = _chain.Filled(outputs, bias.ToFloats()[0]);
        }

        return Append(input with { Order = null }, new Dense(outputs), weight, Factored(bias, _node.Number("beta", 1)));
    }

    private Activation RunMatMul()
    {
        Activation input = TakeVector();
        OnnxTensor weight = Constant(1);
        DimensionsOf(weight, 2, "weights [input][output]");
        weight = Transposed(weight);
        int outputs = (int)weight.Dimensions[0];
        return Append(input with { Order = null }, new Dense(outputs, HasBias: false), InOrder(weight, input.Order));
    }

    private Activation TakeVector()
    {
        Activation input = Take();
        return input.Form == ActivationForm.Vector
            ? input
            : throw new OnnxUnsupportedException("multiplies an image by a matrix: put a Flatten before it.");
    }

    private OnnxTensor Transposed(OnnxTensor matrix)
    {
        _chain.Charge(matrix.Length);
        int rows = (int)matrix.Dimensions[0];
        int columns = (int)matrix.Dimensions[1];
        float[] values = matrix.ToFloats();
        float[] transposed = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                transposed[(column * rows) + row] = values[(row * columns) + column];
            }
        }

        return OnnxTensor.Of([columns, rows], transposed);
    }

    /// <summary>The columns of a matrix whose inputs have the order [row][column][channel] in the graph, in the engine's order.</summary>
    private OnnxTensor InOrder(OnnxTensor weight, Shape? order)
    {
        if (order is not { } shape || weight.Dimensions[1] != shape.Length)
        {
            return weight;
        }

        _chain.Charge(weight.Length);
        int inputs = shape.Length;
        int pixels = shape.Height * shape.Width;
        float[] values = weight.ToFloats();
        float[] ordered = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int feature = i % inputs;
            ordered[i - feature + (feature % shape.Channels * pixels) + (feature / shape.Channels)] = values[i];
        }

        return OnnxTensor.Of([.. weight.Dimensions], ordered);
    }

    private OnnxTensor Factored(OnnxTensor tensor, float factor)
    {
        if (factor == 1)
        {
            return tensor;
        }

        _chain.Charge(tensor.Length);
        return OnnxTensor.Of([.. tensor.Dimensions], [.. tensor.ToFloats().Select(value => value * factor)]);
    }

    private Activation RunBatchNormalization()
    {
        if (_node.Integer("training_mode", 0) != 0)
        {
            throw new OnnxUnsupportedException("normalises over the batch, as in training: export the network in evaluation mode.");
        }

        Activation input = Take();
        if (input.Form == ActivationForm.ImageLast || input.Order != null)
        {
            throw new OnnxUnsupportedException("normalises a tensor whose channels are not its second axis.");
        }

        double momentum = Math.Round(1 - Exact(_node.Number("momentum", 0.9f)), 6);
        BatchNormalization layer = new(momentum is > 0 and <= 1 ? momentum : 0.1, Exact(_node.Number("epsilon", 1e-5f)));
        return Append(input, layer, Constant(1), Constant(2), Constant(3), Constant(4));
    }

    private OnnxValue RunClip()
    {
        float minimum = ConstantOrNull(1) is { Length: 1 } least ? least.ToFloats()[0] : _node.Number("min", float.NegativeInfinity);
        float maximum = ConstantOrNull(2) is { Length: 1 } most ? most.ToFloats()[0] : _node.Number("max", float.PositiveInfinity);
        return (minimum, maximum) == (0, 6) ? Append(new Relu6()) : Clip(Take(), 1, 0, minimum, maximum);
    }

    private OnnxValue RunHardSigmoid() => Clip(Take(), _node.Number("alpha", 0.2f), _node.Number("beta", 0.5f), 0, 1);

    /// <summary>Clips scale · x + offset at both ends: below by one ReLU, above by another, because min(x, m) = m − max(m − x, 0).</summary>
    private OnnxValue Clip(Activation x, float scale, float offset, float minimum, float maximum)
    {
        // Programs write the largest numbers if there is no limit.
        bool hasMinimum = minimum > -1e38f;
        bool hasMaximum = maximum < 1e38f;
        if (float.IsNaN(minimum) || float.IsNaN(maximum) || (hasMinimum && hasMaximum && minimum > maximum))
        {
            throw new OnnxUnsupportedException($"cuts at {minimum} and {maximum}.");
        }

        AffineValue value = new(x, [scale], [offset]);
        if (hasMinimum)
        {
            value = Rectified(value with { Offset = [value.Offset[0] - minimum] }, 1, minimum);
        }

        if (hasMaximum)
        {
            value = Rectified(value with { Scale = [-value.Scale[0]], Offset = [maximum - value.Offset[0]] }, -1, maximum);
        }

        return value.Scale[0] == 1 && value.Offset[0] == 0 ? value.Of : value;
    }

    /// <summary>scale · max(x, 0) + offset.</summary>
    private AffineValue Rectified(AffineValue x, float scale, float offset)
    {
        Activation input = x.Scale[0] == 1 && x.Offset[0] == 0 ? Materialize(x.Of) : Materialize(x);
        return new AffineValue(Append(input, new Relu()), [scale], [offset]);
    }

    private ErfValue RunErf()
    {
        bool isScaled = Value(0) is AffineValue { Scale: [float scale], Offset: [0] } && Math.Abs(scale - (1 / MathF.Sqrt(2))) < Tolerance;
        return isScaled
            ? new ErfValue(((AffineValue)Value(0)).Of, 1, 0)
            : throw new OnnxUnsupportedException("is an error function outside of a GELU, x·(1 + erf(x/√2))·½.");
    }

    private OnnxValue RunArithmetic()
    {
        OnnxValue left = Value(0);
        OnnxValue right = Value(1);
        return (left, right) switch
        {
            (ShapeValue, _) or (_, ShapeValue) => RunShapeArithmetic(),
            (ConstantValue, ConstantValue) => throw new OnnxUnsupportedException("computes with constants only: export the graph with constant folding."),
            (_, ConstantValue constant) => WithConstant(left, constant.Tensor, isLeft: false),
            (ConstantValue constant, _) => WithConstant(right, constant.Tensor, isLeft: true),
            (_, ErfValue erf) when _node.Operator == "Mul" => Product(left, erf),
            (ErfValue erf, _) when _node.Operator == "Mul" => Product(right, erf),
            _ when _node.Operator == "Add" => Joined(left, right),
            _ => throw new OnnxUnsupportedException("combines the outputs of two layers; only an Add of two branches and a GELU can be imported."),
        };
    }

    private OnnxValue WithConstant(OnnxValue value, OnnxTensor constant, bool isLeft)
    {
        if (value is ErfValue or GeluValue)
        {
            return constant.Length == 1
                ? WithNumber(value, constant.ToFloats()[0], isLeft)
                : throw new OnnxUnsupportedException("uses several numbers in a GELU; one number is expected.");
        }

        AffineValue affine = value as AffineValue ?? new AffineValue(value as Activation ?? Materialize(value), [1], [0]);
        float[] numbers = ByChannel(affine.Of, constant);
        return (_node.Operator, isLeft) switch
        {
            ("Add", _) => affine with { Offset = Both(affine.Offset, numbers, (one, other) => one + other) },
            ("Sub", false) => affine with { Offset = Both(affine.Offset, numbers, (one, other) => one - other) },
            ("Sub", true) => new AffineValue(affine.Of, [.. affine.Scale.Select(scale => -scale)], Both(affine.Offset, numbers, (one, other) => other - one)),
            ("Mul", _) => Times(affine, numbers, (one, other) => one * other),
            ("Div", false) => Times(affine, numbers, (one, other) => one / other),
            _ => throw new OnnxUnsupportedException("divides by the output of a layer; only division by a constant can be imported."),
        };
    }

    /// <summary>Where nothing is added, it stays so: one number of 0, which gives a layer without biases none.</summary>
    private AffineValue Times(AffineValue affine, float[] numbers, Func<float, float, float> operation) =>
        new(affine.Of, Both(affine.Scale, numbers, operation), affine.Offset is [0] ? affine.Offset : Both(affine.Offset, numbers, operation));

    private OnnxValue WithNumber(OnnxValue value, float number, bool isLeft) => (value, _node.Operator) switch
    {
        (ErfValue erf, "Add") => erf with { Offset = erf.Offset + number },
        (ErfValue erf, "Mul") => erf with { Scale = erf.Scale * number, Offset = erf.Offset * number },
        (ErfValue erf, "Div") when !isLeft => erf with { Scale = erf.Scale / number, Offset = erf.Offset / number },
        (GeluValue gelu, "Mul") => Completed(gelu with { Factor = gelu.Factor * number }),
        (GeluValue gelu, "Div") when !isLeft => Completed(gelu with { Factor = gelu.Factor / number }),
        _ => throw new OnnxUnsupportedException("uses a part of a GELU, x·(1 + erf(x/√2))·½, for something else."),
    };

    private OnnxValue Product(OnnxValue value, ErfValue erf)
    {
        float factor = value switch
        {
            Activation x when x == erf.Of => 1,
            AffineValue { Scale: [float scale], Offset: [0] } affine when affine.Of == erf.Of => scale,
            _ => throw new OnnxUnsupportedException("multiplies an error function by something other than its input. Only a GELU, x·(1 + erf(x/√2))·½, can be imported."),
        };
        return Math.Abs(erf.Scale - erf.Offset) < Tolerance
            ? Completed(new GeluValue(erf.Of, factor * erf.Scale))
            : throw new OnnxUnsupportedException("multiplies by an error function that is not part of a GELU, x·(1 + erf(x/√2))·½.");
    }

    private OnnxValue Completed(GeluValue gelu)
    {
        if (Math.Abs(gelu.Factor - 0.5f) >= Tolerance)
        {
            return gelu;
        }

        return Append(gelu.Of, new Gelu());
    }

    /// <summary>Ends a residual block: one of the two operands is the input of its first layer.</summary>
    private OnnxValue Joined(OnnxValue left, OnnxValue right)
    {
        Activation one = left as Activation ?? Materialize(left);
        Activation other = right as Activation ?? Materialize(right);
        if (one == other)
        {
            return new AffineValue(one, [2], [0]);
        }

        (Activation earlier, Activation later) = one.Position < other.Position ? (one, other) : (other, one);
        if (later.Position != _chain.Tip)
        {
            throw new OnnxUnsupportedException("adds two values that other layers also read. Only an Add of the ends of two branches, or of the end of a branch and the value it began with, can be imported.");
        }

        return earlier.Position < later.Position && earlier with { Position = later.Position } == later
            ? Append(later, _chain.Join(earlier.Position))
            : throw new OnnxUnsupportedException("adds values with different layouts.");
    }

    /// <summary>A constant as one number, or one for each channel.</summary>
    private float[] ByChannel(Activation activation, OnnxTensor constant)
    {
        if (constant.Length == 1)
        {
            return constant.ToFloats();
        }

        int channels = _chain.ShapeAt(activation.Position).Channels;
        int behind = activation.Form == ActivationForm.Image ? 2 : 0;
        int axis = constant.Dimensions.Count - 1 - behind;
        if (activation.Order != null || constant.Length != channels || axis < 0 || constant.Dimensions[axis] != channels)
        {
            throw new OnnxUnsupportedException($"computes with [{string.Join(", ", constant.Dimensions)}] numbers; one number, or one for each of {channels} channels, is expected.");
        }

        _chain.Charge(channels);
        return constant.ToFloats();
    }

    private float[] Both(float[] one, float[] other, Func<float, float, float> operation)
    {
        float[] both = new float[Math.Max(one.Length, other.Length)];
        _chain.Charge(both.Length);
        for (int i = 0; i < both.Length; i++)
        {
            both[i] = operation(OnnxChain.At(one, i), OnnxChain.At(other, i));
        }

        return both;
    }
}
