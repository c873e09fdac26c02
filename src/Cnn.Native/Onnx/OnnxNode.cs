namespace Cnn.Onnx;

/// <summary>A node of a graph that was read.</summary>
internal sealed class OnnxNode
{
    /// <summary>More settings than any operator has.</summary>
    private const int MostAttributes = 64;

    private const int LongestName = 60;

    private readonly Dictionary<string, (float Number, List<long> Integers, string? Text, OnnxTensor? Tensor, List<float> Floats)> _attributes = new(StringComparer.Ordinal);

    /// <summary>Reads a node.</summary>
    /// <param name="message">Its message.</param>
    /// <param name="index">Its position in the graph.</param>
    /// <exception cref="InvalidDataException">It is not valid.</exception>
    public OnnxNode(ReadOnlyMemory<byte> message, int index)
    {
        string name = "";
        string domain = "";
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFormat.Node.Input:
                    Inputs.Add(reader.Text());
                    break;
                case OnnxFormat.Node.Output:
                    Outputs.Add(reader.Text());
                    break;
                case OnnxFormat.Node.Name:
                    name = reader.Text();
                    break;
                case OnnxFormat.Node.OperatorType:
                    Operator = reader.Text();
                    break;
                case OnnxFormat.Node.Domain:
                    domain = reader.Text();
                    break;
                case OnnxFormat.Node.Attribute when _attributes.Count < MostAttributes:
                    AddAttribute(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Operator = domain is "" or "ai.onnx" ? Operator : $"{domain}.{Operator}";
        Place = FormattableString.Invariant($"node {index} '{Printable(name)}' ({Printable(Operator)})");
    }

    /// <summary>The operator; if it is not ONNX's own, prefixed with its domain.</summary>
    public string Operator { get; } = "";

    /// <summary>The names of the inputs; empty for an input that is omitted.</summary>
    public List<string> Inputs { get; } = [];

    /// <summary>The names of the outputs.</summary>
    public List<string> Outputs { get; } = [];

    /// <summary>Its name in errors: its position in the graph, its name and its operator.</summary>
    public string Place { get; }

    /// <summary>A name in a form that an error may show.</summary>
    /// <param name="name">The name in the file.</param>
    /// <returns>Its beginning, without control characters.</returns>
    public static string Printable(string name) => string.Concat(name.Take(LongestName).Select(letter => char.IsControl(letter) ? '?' : letter));

    /// <summary>Whether a setting is given.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Whether it is.</returns>
    public bool Has(string name) => _attributes.ContainsKey(name);

    /// <summary>A setting that is a whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="absent">The value if it is not given.</param>
    /// <returns>The value.</returns>
    public long Integer(string name, long absent) => _attributes.TryGetValue(name, out var found) && found.Integers.Count > 0 ? found.Integers[0] : absent;

    /// <summary>A setting that is several whole numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The values; null if it is not given.</returns>
    public long[]? Integers(string name) => _attributes.TryGetValue(name, out var found) ? [.. found.Integers] : null;

    /// <summary>A setting that is a number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="absent">The value if it is not given.</param>
    /// <returns>The value.</returns>
    public float Number(string name, float absent) => _attributes.TryGetValue(name, out var found) ? found.Number : absent;

    /// <summary>A setting that is a text.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="absent">The value if it is not given.</param>
    /// <returns>The value.</returns>
    public string Text(string name, string absent) => _attributes.TryGetValue(name, out var found) ? found.Text ?? absent : absent;

    /// <summary>The value of a node that is a constant.</summary>
    /// <returns>The constant; null if it is not a number.</returns>
    public OnnxTensor? Constant()
    {
        foreach ((string name, var value) in _attributes)
        {
            switch (name)
            {
                case "value" when value.Tensor != null:
                    return value.Tensor;
                case "value_float":
                    return OnnxTensor.Of([], [value.Number]);
                case "value_int" when value.Integers.Count > 0:
                    return OnnxTensor.Of([], [value.Integers[0]]);
                case "value_ints":
                    return OnnxTensor.Of([value.Integers.Count], value.Integers.ToArray());
                case "value_floats":
                    return OnnxTensor.Of([value.Floats.Count], value.Floats.ToArray());
            }
        }

        return null;
    }

    private void AddAttribute(ReadOnlyMemory<byte> message)
    {
        string name = "";
        float number = 0;
        List<long> integers = [];
        List<float> floats = [];
        string? text = null;
        OnnxTensor? tensor = null;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OnnxFormat.Attribute.Name:
                    name = reader.Text();
                    break;
                case OnnxFormat.Attribute.Float:
                    number = reader.Float();
                    break;
                case OnnxFormat.Attribute.Integer or OnnxFormat.Attribute.Integers:
                    reader.AddIntegers(integers);
                    break;
                case OnnxFormat.Attribute.Floats:
                    reader.AddFloats(floats);
                    break;
                case OnnxFormat.Attribute.Text:
                    text = reader.Text();
                    break;
                case OnnxFormat.Attribute.Tensor:
                    tensor = OnnxTensor.Read(reader.Bytes(), out _);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        _attributes[name] = (number, integers, text, tensor, floats);
    }
}
