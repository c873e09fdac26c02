using System.Runtime.InteropServices;
using Cnn.Serialization;

namespace Cnn.Onnx;

/// <summary>Assembles a graph: nodes in the order in which they run, and the constants that they use.</summary>
internal sealed class OnnxGraphWriter
{
    private readonly List<(string Operator, string[] Inputs, string Output, ProtobufMessage[] Attributes)> _nodes = [];
    private readonly List<ProtobufMessage> _constants = [];

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operatorType">The operator, such as <c>Conv</c>.</param>
    /// <param name="output">The name of the output; the node has the same name.</param>
    /// <param name="inputs">The names of the inputs.</param>
    /// <param name="attributes">The settings.</param>
    /// <returns>The name of the output.</returns>
    public string Add(string operatorType, string output, string[] inputs, params ProtobufMessage[] attributes)
    {
        _nodes.Add((operatorType, inputs, output, attributes));
        return output;
    }

    /// <summary>Adds a constant of floats.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dimensions">Its dimensions; none for a single number.</param>
    /// <param name="values">The values.</param>
    /// <returns>The name.</returns>
    public string Constant(string name, int[] dimensions, params float[] values)
    {
        ProtobufMessage tensor = TensorOf(name, OnnxFormat.Tensor.Float32, dimensions);
        tensor.Add(OnnxFormat.Tensor.RawData, MemoryMarshal.AsBytes<float>(values).ToArray());
        _constants.Add(tensor);
        return name;
    }

    /// <summary>Adds a constant of whole numbers, one after the other.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">The values.</param>
    /// <returns>The name.</returns>
    public string Constant(string name, params long[] values)
    {
        ProtobufMessage tensor = TensorOf(name, OnnxFormat.Tensor.Int64, [values.Length]);
        tensor.Add(OnnxFormat.Tensor.RawData, MemoryMarshal.AsBytes<long>(values).ToArray());
        _constants.Add(tensor);
        return name;
    }

    /// <summary>Adds a tensor of a model as a constant.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <returns>Its name.</returns>
    public string Constant(TensorSource tensor)
    {
        ProtobufMessage message = TensorOf(tensor.Name, OnnxFormat.Tensor.Float32, tensor.Dimensions);
        message.Add(OnnxFormat.Tensor.RawData, tensor);
        _constants.Add(message);
        return tensor.Name;
    }

    /// <summary>Gives the output of a node another name, wherever it is used.</summary>
    /// <param name="name">The name so far.</param>
    /// <param name="newName">The name from now on.</param>
    public void Rename(string name, string newName)
    {
        for (int index = 0; index < _nodes.Count; index++)
        {
            (string operatorType, string[] inputs, string output, ProtobufMessage[] attributes) = _nodes[index];
            _nodes[index] = (operatorType, [.. inputs.Select(input => input == name ? newName : input)], output == name ? newName : output, attributes);
        }
    }

    /// <summary>The graph as a message.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="input">The input, by <see cref="Value"/>.</param>
    /// <param name="outputs">The outputs.</param>
    /// <returns>The message.</returns>
    public ProtobufMessage ToMessage(string name, ProtobufMessage input, params ProtobufMessage[] outputs)
    {
        ProtobufMessage graph = new();
        foreach ((string operatorType, string[] inputs, string output, ProtobufMessage[] attributes) in _nodes)
        {
            ProtobufMessage node = new();
            foreach (string one in inputs)
            {
                node.Add(OnnxFormat.Node.Input, one);
            }

            node.Add(OnnxFormat.Node.Output, output);
            node.Add(OnnxFormat.Node.Name, output);
            node.Add(OnnxFormat.Node.OperatorType, operatorType);
            foreach (ProtobufMessage attribute in attributes)
            {
                node.Add(OnnxFormat.Node.Attribute, attribute);
            }

            graph.Add(OnnxFormat.Graph.Node, node);
        }

        graph.Add(OnnxFormat.Graph.Name, name);
        foreach (ProtobufMessage constant in _constants)
        {
            graph.Add(OnnxFormat.Graph.Initializer, constant);
        }

        graph.Add(OnnxFormat.Graph.Input, input);
        foreach (ProtobufMessage output in outputs)
        {
            graph.Add(OnnxFormat.Graph.Output, output);
        }

        return graph;
    }

    /// <summary>A setting that is a whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The attribute.</returns>
    public static ProtobufMessage Integer(string name, long value)
    {
        ProtobufMessage attribute = AttributeOf(name, OnnxFormat.Attribute.IntegerType);
        attribute.Add(OnnxFormat.Attribute.Integer, value);
        return attribute;
    }

    /// <summary>A setting that is several whole numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The attribute.</returns>
    public static ProtobufMessage Integers(string name, params long[] values)
    {
        ProtobufMessage attribute = AttributeOf(name, OnnxFormat.Attribute.IntegersType);
        foreach (long value in values)
        {
            attribute.Add(OnnxFormat.Attribute.Integers, value);
        }

        return attribute;
    }

    /// <summary>A setting that is a number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The attribute.</returns>
    public static ProtobufMessage Number(string name, double value)
    {
        ProtobufMessage attribute = AttributeOf(name, OnnxFormat.Attribute.FloatType);
        attribute.Add(OnnxFormat.Attribute.Float, (float)value);
        return attribute;
    }

    /// <summary>An input or an output for any number of images.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="elementType">The type of its values.</param>
    /// <param name="dimensions">Its dimensions after the number of images.</param>
    /// <returns>The message.</returns>
    public static ProtobufMessage Value(string name, int elementType, params int[] dimensions)
    {
        ProtobufMessage images = new();
        images.Add(OnnxFormat.Value.DimensionName, "N");
        ProtobufMessage shape = new();
        shape.Add(OnnxFormat.Value.Dimension, images);
        foreach (int dimension in dimensions)
        {
            ProtobufMessage message = new();
            message.Add(OnnxFormat.Value.DimensionValue, (long)dimension);
            shape.Add(OnnxFormat.Value.Dimension, message);
        }

        ProtobufMessage tensor = new();
        tensor.Add(OnnxFormat.Value.ElementType, (long)elementType);
        tensor.Add(OnnxFormat.Value.Shape, shape);
        ProtobufMessage type = new();
        type.Add(OnnxFormat.Value.TensorType, tensor);
        ProtobufMessage value = new();
        value.Add(OnnxFormat.Value.Name, name);
        value.Add(OnnxFormat.Value.Type, type);
        return value;
    }

    private static ProtobufMessage AttributeOf(string name, int type)
    {
        ProtobufMessage attribute = new();
        attribute.Add(OnnxFormat.Attribute.Name, name);
        attribute.Add(OnnxFormat.Attribute.Type, (long)type);
        return attribute;
    }

    private static ProtobufMessage TensorOf(string name, int type, IReadOnlyList<int> dimensions)
    {
        ProtobufMessage tensor = new();
        foreach (int dimension in dimensions)
        {
            tensor.Add(OnnxFormat.Tensor.Dimensions, (long)dimension);
        }

        tensor.Add(OnnxFormat.Tensor.DataType, (long)type);
        tensor.Add(OnnxFormat.Tensor.Name, name);
        return tensor;
    }
}
