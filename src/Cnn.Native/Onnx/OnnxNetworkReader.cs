using System.Globalization;
using Cnn.Layers;

namespace Cnn.Onnx;

/// <summary>
/// Turns a graph into a list of layers. Branches are read one after the other (<see cref="OnnxOrder"/>). What several nodes express together (a GELU, a bias after a product, a normalisation at the beginning)
/// is kept as a value of its own until it is known what it becomes.
/// </summary>
internal sealed partial class OnnxNetworkReader
{
    private readonly OnnxGraph _graph;
    private readonly OnnxChain _chain;
    private readonly Dictionary<string, OnnxValue> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);

    /// <summary>Positions that more than one node reads.</summary>
    private readonly HashSet<int> _shared = [];

    /// <summary>The number of images that the graph is made for, if that is fixed.</summary>
    private readonly long? _images;

    /// <summary>The last name of arithmetic, or of zeros around an image, that is not part of a layer yet.</summary>
    private string? _unsettled;
    private OnnxNode _node = null!;

    private OnnxNetworkReader(OnnxGraph graph, OnnxChain chain, string input, ActivationForm form, long? images)
    {
        (_graph, _chain, _images) = (graph, chain, images);
        foreach (string name in graph.Nodes.SelectMany(node => node.Inputs).Concat(graph.Outputs))
        {
            _uses[name] = _uses.GetValueOrDefault(name) + 1;
        }

        foreach ((string name, OnnxTensor tensor) in graph.Constants)
        {
            _values[name] = new ConstantValue(tensor);
        }

        _values[input] = new Activation(0, form);
    }

    /// <summary>Reads all nodes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="chain">Receives the layers.</param>
    /// <param name="input">The name of the input.</param>
    /// <param name="form">How it is laid out.</param>
    /// <param name="images">The number of images that the graph is made for, if that is fixed.</param>
    /// <exception cref="OnnxUnsupportedException">No layer corresponds to a node; the message names it.</exception>
    public static void Read(OnnxGraph graph, OnnxChain chain, string input, ActivationForm form, long? images)
    {
        OnnxNetworkReader reader = new(graph, chain, input, form, images);
        foreach (OnnxNode node in OnnxOrder.Of(graph))
        {
            reader._node = node;
            try
            {
                reader.Define(reader.Run());
            }
            catch (OnnxUnsupportedException e)
            {
                throw new OnnxUnsupportedException($"{node.Place} {e.Message}");
            }
        }

        reader.CheckOutputs();
    }

    private void Define(OnnxValue value)
    {
        if (_node.Outputs.Count == 0)
        {
            throw new OnnxUnsupportedException("has no output.");
        }

        foreach (string other in _node.Outputs.Skip(1))
        {
            if (_uses.ContainsKey(other))
            {
                throw new OnnxUnsupportedException($"has a second output, '{OnnxNode.Printable(other)}', that is used; only the first output can be imported, the one for evaluation.");
            }
        }

        _values[_node.Outputs[0]] = value;
        if (value is AffineValue or PaddedValue)
        {
            _unsettled = _node.Outputs[0];
        }
    }

    private OnnxValue Run() => _node.Operator switch
    {
        "Identity" or "Cast" => Value(0),
        "Constant" => new ConstantValue(_node.Constant() ?? throw new OnnxUnsupportedException("has no number for a value.")),
        "Conv" => RunConvolution(),
        "BatchNormalization" => RunBatchNormalization(),
        "Relu" => Append(new Relu()),
        "LeakyRelu" => Append(new LeakyRelu(Exact(_node.Number("alpha", 0.01f)))),
        "Sigmoid" => Append(new Sigmoid()),
        "Tanh" => Append(new Tanh()),
        "Gelu" => _node.Text("approximate", "none") == "none"
            ? Append(new Gelu())
            : throw new OnnxUnsupportedException("approximates GELU by tanh. Export the exact GELU instead."),
        "Clip" => RunClip(),
        "HardSigmoid" => RunHardSigmoid(),
        "Erf" => RunErf(),
        "Dropout" => RunDropout(),
        "MaxPool" => RunMaxPooling(),
        "AveragePool" => RunAveragePooling(),
        "GlobalAveragePool" => RunGlobalAveragePooling(keepsDimensions: true),
        "ReduceMean" => RunReduceMean(),
        "Pad" => RunPad(),
        "Gemm" => RunGemm(),
        "MatMul" => RunMatMul(),
        "Add" or "Sub" or "Mul" or "Div" => RunArithmetic(),
        "Softmax" or "LogSoftmax" => RunSoftmax(),
        "Flatten" => RunFlatten(),
        "Reshape" => RunReshape(),
        "Transpose" => RunTranspose(),
        "Squeeze" or "Unsqueeze" => RunSqueeze(),
        "Shape" => RunShape(),
        "Gather" => RunGather(),
        "Slice" => RunSlice(),
        "Concat" => RunConcat(),
        _ => throw new OnnxUnsupportedException("has an operator that no layer here implements."),
    };

    /// <summary>The meaning of an input.</summary>
    private OnnxValue Value(int index)
    {
        string name = NameOf(index) ?? throw new OnnxUnsupportedException($"has no input {index}.");
        OnnxValue value = _values.TryGetValue(name, out OnnxValue? found)
            ? found
            : throw new OnnxUnsupportedException($"reads '{OnnxNode.Printable(name)}', which is not the output of any node before it.");
        if (_uses[name] > 1)
        {
            if (value is Activation activation)
            {
                _shared.Add(activation.Position);
            }
            else if (value is AffineValue or PaddedValue)
            {
                // It is computed once, and not by each node that reads it.
                value = _values[name] = Materialize(value);
            }
        }

        return value;
    }

    private string? NameOf(int index) => index < _node.Inputs.Count && _node.Inputs[index].Length > 0 ? _node.Inputs[index] : null;

    /// <summary>An input that is a constant; null if it is omitted.</summary>
    private OnnxTensor? ConstantOrNull(int index) => NameOf(index) == null ? null : Constant(index);

    private OnnxTensor Constant(int index) => Value(index) is ConstantValue constant
        ? constant.Tensor
        : throw new OnnxUnsupportedException($"has an input {index} that is not a constant; only the first input may depend on the image.");

    /// <summary>A value as a layer gives it, which the next layer reads.</summary>
    private Activation Materialize(OnnxValue value)
    {
        switch (value)
        {
            case Activation activation:
                GoOn(activation);
                return activation;
            case AffineValue affine:
                GoOn(affine.Of);
                _chain.AddAffine(affine.Scale, affine.Offset, _shared.Contains(affine.Of.Position));
                return affine.Of with { Position = _chain.Tip };
            case PaddedValue padded:
                GoOn(padded.Of);
                _chain.AddPadding(padded.Padding);
                return padded.Of with { Position = _chain.Tip };
            case ErfValue or GeluValue:
                throw new OnnxUnsupportedException("reads a part of a GELU, x·(1 + erf(x/√2))·½, that the graph does not complete.");
            case ProbabilityValue:
                throw new OnnxUnsupportedException("comes after a softmax, which must be the end of the network.");
            default:
                throw new OnnxUnsupportedException("reads constants or dimensions where the output of a layer is expected.");
        }
    }

    /// <summary>Says what the next layer reads. If other layers read it already, a second branch begins here, and the first one is complete.</summary>
    private void GoOn(Activation activation)
    {
        if (activation.Position != _chain.Tip && _unsettled is { } name)
        {
            _unsettled = null;
            Activation? of = _values[name] switch
            {
                AffineValue affine => affine.Of,
                PaddedValue padded => padded.Of,
                _ => null,
            };
            if (of?.Position == _chain.Tip)
            {
                _values[name] = Materialize(_values[name]);
            }
        }

        _chain.GoOn(activation.Position);
    }

    /// <summary>The first input, which the next layer reads.</summary>
    private Activation Take()
    {
        OnnxValue value = Value(0);
        Activation activation = Materialize(value);
        _values[_node.Inputs[0]] = activation;
        return activation;
    }

    /// <summary>The first input, which no layer reads here: only its dimensions change.</summary>
    private Activation Peek() => Value(0) as Activation ?? Take();

    private Activation TakeImage()
    {
        Activation activation = Take();
        return activation.Form == ActivationForm.Image
            ? activation
            : throw new OnnxUnsupportedException($"needs images in the order N C H W, and gets {(activation.Form == ActivationForm.Vector ? "vectors" : "the order N H W C: a Transpose before it does not cancel")}.");
    }

    /// <summary>Adds an elementwise layer.</summary>
    private Activation Append(Layer layer) => Append(Take(), layer);

    private Activation Append(Activation input, Layer layer, params OnnxTensor[] tensors)
    {
        GoOn(input);
        _chain.Add(layer, tensors);
        return input with { Position = _chain.Tip };
    }

    private Activation RunDropout()
    {
        Activation input = Take();
        OnnxTensor? given = ConstantOrNull(1);
        double rate = Exact(given is { Length: 1 } ? given.ToFloats()[0] : _node.Number("ratio", 0.5f));
        return rate == 0 ? input : Append(input, new Dropout(rate));
    }

    private ProbabilityValue RunSoftmax()
    {
        Activation input = Take();
        long axis = _node.Integer("axis", _graph.Opset < 13 ? 1 : -1);
        return _chain.ShapeAt(input.Position).IsVector && (axis == 1 || (input.Form == ActivationForm.Vector && axis == -1))
            ? new ProbabilityValue(input)
            : throw new OnnxUnsupportedException($"works along axis {axis} ; only a softmax over the classes, at the end of the network, can be imported.");
    }

    private void CheckOutputs()
    {
        if (_graph.Outputs.Count == 0)
        {
            throw new OnnxUnsupportedException("The graph has no output.");
        }

        foreach (string name in _graph.Outputs)
        {
            if (!_values.TryGetValue(name, out OnnxValue? value))
            {
                throw new OnnxUnsupportedException($"The output '{OnnxNode.Printable(name)}' is not the output of any node.");
            }

            try
            {
                Activation made = value is ProbabilityValue probability ? probability.Of : value as Activation ?? Materialize(value);
                if (made.Position != _chain.Tip || _chain.HasOpenBranch || made.Order != null)
                {
                    throw new OnnxUnsupportedException("is not the output of the last layer.");
                }

                _values[name] = value is ProbabilityValue ? value : made;
            }
            catch (OnnxUnsupportedException e)
            {
                throw new OnnxUnsupportedException($"The output '{OnnxNode.Printable(name)}' {e.Message}");
            }
        }
    }

    /// <summary>A 32-bit number in the form that was written, 0.1 and not 0.10000000149.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The shortest decimal number that stands for it.</returns>
    public static double Exact(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
