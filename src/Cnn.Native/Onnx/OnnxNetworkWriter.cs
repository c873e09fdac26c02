using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Serialization;

namespace Cnn.Onnx;

/// <summary>
/// Writes the layers of one model as nodes. In the graph, images are N C H W and vectors N C, while the engine has one shape for both; if a layer needs the
/// other form, a node converts it.
/// </summary>
internal sealed class OnnxNetworkWriter
{
    private readonly OnnxGraphWriter _graph;
    private readonly Model _model;
    private readonly string _prefix;
    private readonly int _opset;
    private readonly Dictionary<string, TensorSource> _tensors;

    /// <summary>The image, and what each layer gives so far.</summary>
    private readonly List<Activation> _values = [];

    private OnnxNetworkWriter(OnnxGraphWriter graph, Model model, string prefix, int opset)
    {
        (_graph, _model, _prefix, _opset) = (graph, model, prefix, opset);
        _tensors = ModelFile.TensorsOf(model, model.ParameterBuffer, prefix).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>Writes a model from the pixels to the logits.</summary>
    /// <param name="graph">The destination.</param>
    /// <param name="model">The model, which is not being trained.</param>
    /// <param name="prefix">The prefix of the names of its nodes and constants.</param>
    /// <param name="pixels">The pixels as floats, N C H W.</param>
    /// <param name="options">The value of the lightest pixel, and the version of the operators.</param>
    /// <returns>The name of the logits.</returns>
    public static string Write(OnnxGraphWriter graph, Model model, string prefix, string pixels, OnnxExportOptions options)
    {
        OnnxNetworkWriter writer = new(graph, model, prefix, options.Opset);
        writer._values.Add(writer.Normalize(pixels, options.InputRange));
        for (int index = 0; index < model.Layers.Count; index++)
        {
            writer._values.Add(writer.Layer(index, writer._values[model.Graph.Read(index)]));
        }

        return writer.AsVector(writer._values[^1], $"{prefix}flat").Name;
    }

    /// <summary>A tensor in the graph.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="IsVector">Whether it is N C, and not N C H W.</param>
    private readonly record struct Activation(string Name, bool IsVector);

    private Activation Normalize(string pixels, double inputRange)
    {
        int[] dimensions = [1, _model.InputShape.Channels, 1, 1];
        float[] scale = [.. _model.Normalization.Scale().Select(factor => inputRange == 255 ? factor : (float)(factor * 255 / inputRange))];
        string scaled = _graph.Add("Mul", $"{_prefix}scaled", [pixels, _graph.Constant($"{_prefix}scale", dimensions, scale)]);
        return new(_graph.Add("Add", $"{_prefix}normalized", [scaled, _graph.Constant($"{_prefix}offset", dimensions, _model.Normalization.Offset())]), false);
    }

    private Activation Layer(int index, Activation input)
    {
        string name = $"{_prefix}{_model.Summary[index].Name}";
        Shape shape = _model.InputShapes[index];
        switch (_model.Layers[index])
        {
            case Convolution convolution:
                return Convolve(index, convolution, AsImage(input, shape, name), name);
            case Whitening whitening:
                return Convolve(index, whitening.AsConvolution(shape), AsImage(input, shape, name), name);
            case MaxPooling pooling:
                return Pool("MaxPool", name, AsImage(input, shape, name), pooling);
            case AveragePooling pooling:
                return Pool("AveragePool", name, AsImage(input, shape, name), pooling);
            case GlobalAveragePooling:
                return AsVector(new(_graph.Add("GlobalAveragePool", name, [AsImage(input, shape, name).Name]), false), $"{name}.flat");
            case Flatten:
                return AsVector(input, name);
            case Dense dense:
                return new(Multiply(index, dense, AsVector(input, $"{name}.flat").Name, name), true);
            case BatchNormalization normalization:
                string[] inputs = [input.Name, .. new[] { "weight", "bias", "running_mean", "running_var" }.Select(parameter => Parameter(index, parameter))];
                return input with { Name = _graph.Add("BatchNormalization", name, inputs, OnnxGraphWriter.Number("epsilon", normalization.Epsilon)) };
            case Relu:
                return input with { Name = _graph.Add("Relu", name, [input.Name]) };
            case Relu6:
                return input with { Name = AddClip(name, input.Name, 0, 6) };
            case LeakyRelu leaky:
                return input with { Name = _graph.Add("LeakyRelu", name, [input.Name], OnnxGraphWriter.Number("alpha", leaky.Slope)) };
            case Sigmoid:
                return input with { Name = _graph.Add("Sigmoid", name, [input.Name]) };
            case Tanh:
                return input with { Name = _graph.Add("Tanh", name, [input.Name]) };
            case Gelu:
                return input with { Name = AddGelu(name, input.Name) };
            case Scaling scaling:
                return input with { Name = _graph.Add("Mul", name, [input.Name, _graph.Constant($"{name}.factor", [], (float)scaling.Factor)]) };
            case Dropout:
                // It has no effect outside training.
                return input;
            case Residual residual:
                Activation added = _values[_model.Graph.Added(index)];
                added = input.IsVector ? AsVector(added, $"{name}.added") : AsImage(added, shape, name);
                // What is skipped comes first, as PyTorch has it.
                return input with { Name = _graph.Add("Add", name, residual.Shortcut > 0 ? [added.Name, input.Name] : [input.Name, added.Name]) };
            default:
                throw new InvalidOperationException($"A {_model.Layers[index].Kind} layer cannot be written as ONNX.");
        }
    }

    private Activation Convolve(int index, Convolution convolution, Activation input, string name) => new(
        _graph.Add(
            "Conv",
            name,
            [input.Name, .. WeightAndBias(index)],
            OnnxGraphWriter.Integers("kernel_shape", convolution.KernelHeight, convolution.KernelWidth),
            OnnxGraphWriter.Integers("strides", convolution.Stride.Height, convolution.Stride.Width),
            OnnxGraphWriter.Integers("pads", Sides(convolution.Padding)),
            OnnxGraphWriter.Integers("dilations", convolution.Dilation.Height, convolution.Dilation.Width),
            OnnxGraphWriter.Integer("group", convolution.Groups)),
        false);

    /// <summary>Before opset 11, a Gemm must have a bias.</summary>
    private string Multiply(int index, Dense dense, string input, string name) => dense.HasBias || _opset >= 11
        ? _graph.Add("Gemm", name, [input, .. WeightAndBias(index)], OnnxGraphWriter.Integer("transB", 1))
        : _graph.Add("MatMul", name, [input, _graph.Add("Transpose", $"{name}.transposed", [Parameter(index, "weight")], OnnxGraphWriter.Integers("perm", 1, 0))]);

    private Activation Pool(string operatorType, string name, Activation input, PoolingLayer pooling)
    {
        List<ProtobufMessage> attributes =
        [
            OnnxGraphWriter.Integers("kernel_shape", pooling.Window.Height, pooling.Window.Width),
            OnnxGraphWriter.Integers("strides", pooling.Stride.Height, pooling.Stride.Width),
        ];
        if (pooling.Padding != 0)
        {
            attributes.Add(OnnxGraphWriter.Integers("pads", Sides(pooling.Padding)));
            if (pooling is AveragePooling average)
            {
                attributes.Add(OnnxGraphWriter.Integer("count_include_pad", average.ExcludesPadding ? 0 : 1));
            }
        }

        return new(_graph.Add(operatorType, name, [input.Name], [.. attributes]), false);
    }

    /// <summary>Padding as ONNX has it: above, to the left, below, to the right.</summary>
    private static long[] Sides(PerAxis padding) => [padding.Height, padding.Width, padding.Height, padding.Width];

    /// <summary>Cuts values at both ends, which are attributes up to opset 10 and inputs from opset 11 on.</summary>
    private string AddClip(string name, string input, float least, float most) => _opset < 11
        ? _graph.Add("Clip", name, [input], OnnxGraphWriter.Number("min", least), OnnxGraphWriter.Number("max", most))
        : _graph.Add("Clip", name, [input, _graph.Constant($"{name}.least", [], least), _graph.Constant($"{name}.most", [], most)]);

    /// <summary>x · (erf(x / √2) + 1) · ½, in the form that PyTorch writes and runtimes recognise: the operator of its own is of opset 20.</summary>
    private string AddGelu(string name, string input)
    {
        string divided = _graph.Add("Div", $"{name}.divided", [input, _graph.Constant($"{name}.root", [], MathF.Sqrt(2))]);
        string erf = _graph.Add("Erf", $"{name}.erf", [divided]);
        string raised = _graph.Add("Add", $"{name}.raised", [erf, _graph.Constant($"{name}.one", [], 1f)]);
        string product = _graph.Add("Mul", $"{name}.product", [input, raised]);
        return _graph.Add("Mul", name, [product, _graph.Constant($"{name}.half", [], 0.5f)]);
    }

    private IEnumerable<string> WeightAndBias(int index) => _model.Parameters.Where(parameter => parameter.Layer == index).Select(parameter => _graph.Constant(_tensors[_prefix + parameter.Name]));

    private string Parameter(int index, string name) => _graph.Constant(_tensors[FormattableString.Invariant($"{_prefix}layers.{index}.{name}")]);

    private Activation AsVector(Activation value, string name) =>
        value.IsVector ? value : new(_graph.Add("Flatten", name, [value.Name], OnnxGraphWriter.Integer("axis", 1)), true);

    private Activation AsImage(Activation value, Shape shape, string name) => value.IsVector
        ? new(_graph.Add("Reshape", $"{name}.image", [value.Name, _graph.Constant($"{name}.shape", 0, shape.Channels, shape.Height, shape.Width)]), false)
        : value;
}
