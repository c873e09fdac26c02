namespace Cnn.Onnx;

/// <summary>The content of an ONNX file before it is interpreted: nodes, constants, inputs and outputs.</summary>
internal sealed class OnnxGraph
{
    /// <summary>More than any network of layers has; it limits the memory that a file can claim.</summary>
    private const int MostNodes = 20_000;

    private readonly Dictionary<string, OnnxTensor> _constants = new(StringComparer.Ordinal);
    private readonly List<(string Name, List<long?>? Dimensions, int Type)> _inputs = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<string> _outputs = [];

    /// <summary>Reads a file.</summary>
    /// <param name="content">Its bytes, parts of which the graph keeps.</param>
    /// <exception cref="InvalidDataException">It is not valid.</exception>
    /// <exception cref="ExternalDataException">Its weights are in another file.</exception>
    public OnnxGraph(ReadOnlyMemory<byte> content)
    {
        ReadOnlyMemory<byte>? graph = null;
        ProtobufReader reader = new(content);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFormat.Model.Graph:
                    graph = reader.Bytes();
                    break;
                case OnnxFormat.Model.OpsetImport:
                    ReadOpset(reader.Bytes());
                    break;
                case OnnxFormat.Model.Metadata when _metadata.Count < MostNodes:
                    (string key, string value) = ReadEntry(reader.Bytes());
                    _metadata[key] = value;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        ReadGraph(graph ?? throw new InvalidDataException("it holds no graph."));
    }

    /// <summary>The version of the operators.</summary>
    public long Opset { get; private set; }

    /// <summary>Texts by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The nodes, in the order in which they run.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>The constants by name.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Constants => _constants;

    /// <summary>The inputs that are not constants, with their dimensions, null for a dimension that is not fixed, and the type of their values.</summary>
    public IReadOnlyList<(string Name, List<long?>? Dimensions, int Type)> Inputs => [.. _inputs.Where(input => !_constants.ContainsKey(input.Name))];

    /// <summary>The names of the outputs.</summary>
    public IReadOnlyList<string> Outputs => _outputs;

    private void ReadOpset(ReadOnlyMemory<byte> message)
    {
        string domain = "";
        long version = 0;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFormat.Opset.Domain:
                    domain = reader.Text();
                    break;
                case OnnxFormat.Opset.Version:
                    version = reader.Integer();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (domain is "" or "ai.onnx")
        {
            Opset = version;
        }
    }

    private static (string Key, string Value) ReadEntry(ReadOnlyMemory<byte> message)
    {
        string key = "";
        string value = "";
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFormat.Entry.Key:
                    key = reader.Text();
                    break;
                case OnnxFormat.Entry.Value:
                    value = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (key, value);
    }

    private void ReadGraph(ReadOnlyMemory<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (_nodes.Count + _constants.Count + _inputs.Count + _outputs.Count >= MostNodes)
            {
                throw new InvalidDataException($"its graph has more than {MostNodes} nodes and constants.");
            }

            switch (reader.Field)
            {
                case OnnxFormat.Graph.Node:
                    _nodes.Add(new OnnxNode(reader.Bytes(), _nodes.Count));
                    break;
                case OnnxFormat.Graph.Initializer:
                    OnnxTensor tensor = OnnxTensor.Read(reader.Bytes(), out string name);
                    _constants[name] = tensor;
                    break;
                case OnnxFormat.Graph.Input:
                    _inputs.Add(ReadValue(reader.Bytes()));
                    break;
                case OnnxFormat.Graph.Output:
                    _outputs.Add(ReadValue(reader.Bytes()).Name);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private static (string Name, List<long?>? Dimensions, int Type) ReadValue(ReadOnlyMemory<byte> message)
    {
        string name = "";
        List<long?>? dimensions = null;
        int type = 0;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFormat.Value.Name:
                    name = reader.Text();
                    break;
                case OnnxFormat.Value.Type:
                    (dimensions, type) = Within(reader.Bytes(), OnnxFormat.Value.TensorType) is { } tensor ? ReadTensorType(tensor) : (null, 0);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (name, dimensions, type);
    }

    private static (List<long?>? Dimensions, int Type) ReadTensorType(ReadOnlyMemory<byte> message)
    {
        List<long?>? dimensions = null;
        int type = 0;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFormat.Value.ElementType:
                    type = (int)Math.Clamp(reader.Integer(), 0, int.MaxValue);
                    break;
                case OnnxFormat.Value.Shape:
                    dimensions = ReadShape(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (dimensions, type);
    }

    private static List<long?> ReadShape(ReadOnlyMemory<byte> message)
    {
        List<long?> dimensions = [];
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field != OnnxFormat.Value.Dimension || dimensions.Count > 8)
            {
                reader.Skip();
                continue;
            }

            long? dimension = null;
            ProtobufReader inner = new(reader.Bytes());
            while (inner.Next())
            {
                if (inner.Field == OnnxFormat.Value.DimensionValue)
                {
                    dimension = inner.Integer();
                }
                else
                {
                    inner.Skip();
                }
            }

            // A program that has no name for a dimension that is not fixed writes 0 or -1.
            dimensions.Add(dimension > 0 ? dimension : null);
        }

        return dimensions;
    }

    private static ReadOnlyMemory<byte>? Within(ReadOnlyMemory<byte> message, int field)
    {
        ReadOnlyMemory<byte>? found = null;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == field)
            {
                found = reader.Bytes();
            }
            else
            {
                reader.Skip();
            }
        }

        return found;
    }
}
