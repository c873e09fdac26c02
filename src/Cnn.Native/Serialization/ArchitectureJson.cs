using System.Text;
using System.Text.Json;
using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Serialization;

/// <summary>
/// The input shape and the layers of a model as JSON:
/// <c>{"input_shape":[1,28,28],"layers":[{"kind":"dense","outputs":10}]}</c>.
/// </summary>
internal static class ArchitectureJson
{
    /// <summary>More layers than any real model has; it limits what a file can request.</summary>
    private const int MostLayers = 4096;

    private const string InputShapeName = "input_shape";
    private const string LayersName = "layers";
    private const string KindName = "kind";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>A layer of every kind that can be saved; a new kind is one line here.</summary>
    public static IReadOnlyList<Layer> Samples { get; } =
    [
        new Convolution(1, 1),
        new Whitening(),
        new MaxPooling(1),
        new AveragePooling(1),
        new GlobalAveragePooling(),
        new Relu(),
        new LeakyRelu(),
        new Relu6(),
        new Gelu(),
        new Tanh(),
        new Sigmoid(),
        new Dropout(0),
        new Scaling(1),
        new BatchNormalization(),
        new Residual(1),
        new Flatten(),
        new Dense(1),
    ];

    /// <summary>Writes an architecture.</summary>
    /// <param name="inputShape">The shape of an image.</param>
    /// <param name="layers">The layers.</param>
    /// <returns>The JSON.</returns>
    public static string Write(Shape inputShape, IEnumerable<Layer> layers)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray(InputShapeName);
            json.WriteNumberValue(inputShape.Channels);
            json.WriteNumberValue(inputShape.Height);
            json.WriteNumberValue(inputShape.Width);
            json.WriteEndArray();
            json.WriteStartArray(LayersName);
            foreach (Layer layer in layers)
            {
                json.WriteStartObject();
                json.WriteString(KindName, layer.Kind);
                layer.Rebuild(new LayerSettingsWriter(json));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Reads an architecture. It does not check whether the layers fit together; the model does.</summary>
    /// <param name="text">The JSON.</param>
    /// <returns>The shape of an image and the layers.</returns>
    /// <exception cref="JsonException">It is not JSON, or not an architecture.</exception>
    public static (Shape InputShape, IReadOnlyList<Layer> Layers) Read(string text) => StrictJson.Guard(() => ReadRoot(text));

    private static (Shape InputShape, IReadOnlyList<Layer> Layers) ReadRoot(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text, Strict);
        JsonElement root = document.RootElement;
        Require(root.ValueKind == JsonValueKind.Object, "it is not an object.");
        foreach (JsonProperty property in root.EnumerateObject())
        {
            Require(property.Name is InputShapeName or LayersName, $"it has an unknown property '{property.Name}'.");
        }

        JsonElement[] layers = ArrayOf(root, LayersName);
        Require(layers.Length <= MostLayers, $"it has {layers.Length} layers, and the limit is {MostLayers}.");
        return (ReadShape(ArrayOf(root, InputShapeName)), [.. layers.Select(ReadLayer)]);
    }

    private static Shape ReadShape(JsonElement[] numbers)
    {
        Require(
            numbers.Length == 3 && numbers.All(number => number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out _)),
            $"'{InputShapeName}' is not three 32-bit whole numbers: channels, height and width.");
        return new Shape(numbers[0].GetInt32(), numbers[1].GetInt32(), numbers[2].GetInt32());
    }

    private static Layer ReadLayer(JsonElement element, int index)
    {
        Require(
            element.ValueKind == JsonValueKind.Object
            && element.TryGetProperty(KindName, out JsonElement name)
            && name.ValueKind == JsonValueKind.String,
            $"layer {index} has no '{KindName}'.");
        string kindName = element.GetProperty(KindName).GetString()!;
        Layer sample = Samples.FirstOrDefault(layer => layer.Kind == kindName)
            ?? throw new JsonException(
                $"layer {index} is of an unknown kind, '{kindName}'; the known kinds are {string.Join(", ", Samples.Select(layer => layer.Kind))}.");
        LayerSettingsReader settings = new(element, $"layer {index} ({kindName})", KindName);
        Layer layer = sample.Rebuild(settings);
        settings.RequireNoOthers();
        return layer;
    }

    private static JsonElement[] ArrayOf(JsonElement root, string name)
    {
        Require(root.TryGetProperty(name, out JsonElement array) && array.ValueKind == JsonValueKind.Array, $"it has no list '{name}'.");
        return [.. array.EnumerateArray()];
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new JsonException(otherwise);
        }
    }
}
