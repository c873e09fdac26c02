using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Cnn.Serialization;

/// <summary>The header of a safetensors file: made from tensors and texts, or read and checked.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Values begin at a multiple of this, so that a mapped file can be read in place.</summary>
    private const int Alignment = 8;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    // Names and texts stay readable in the file: it is not a web page that a quotation mark could break.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private SafetensorsHeader(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsTensor> tensors)
    {
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>Texts by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors in the order of their values.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Makes a header; the same content gives the same bytes.</summary>
    /// <param name="metadata">Texts by name; they are sorted by name.</param>
    /// <param name="tensors">The tensors, in the order of their values.</param>
    /// <returns>The bytes of the header, padded.</returns>
    public static byte[] Compose(IReadOnlyDictionary<string, string> metadata, IEnumerable<SafetensorsTensor> tensors)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Readable))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsFormat.MetadataName);
                foreach ((string name, string text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(name, text);
                }

                json.WriteEndObject();
            }

            foreach (SafetensorsTensor tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type);
                WriteNumbers(json, "shape", tensor.Dimensions);
                WriteNumbers(json, "data_offsets", [tensor.Begin, tensor.End]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (stream.Length % Alignment != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.ToArray();
    }

    /// <summary>Reads a header, and checks everything in it.</summary>
    /// <param name="bytes">The bytes of the header.</param>
    /// <param name="dataLength">The number of bytes in the file after the header.</param>
    /// <param name="path">The file, for errors.</param>
    /// <returns>The header.</returns>
    /// <exception cref="CnnException">
    /// <c>SafetensorsHeader</c>, <c>SafetensorsType</c>, <c>SafetensorsShape</c>, <c>SafetensorsOffsets</c>, <c>SafetensorsOverlap</c>,
    /// <c>SafetensorsHole</c>, <c>SafetensorsTruncated</c> or <c>SafetensorsTrailing</c>.
    /// </exception>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> bytes, long dataLength, string path)
    {
        if (!Utf8.IsValid(bytes.Span))
        {
            throw SafetensorsFormat.Malformed("SafetensorsHeader", path, "its header is not UTF-8.");
        }

        if (bytes.Length == 0 || bytes.Span[0] != '{')
        {
            throw SafetensorsFormat.Malformed("SafetensorsHeader", path, "its header does not begin with '{'.");
        }

        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        List<SafetensorsTensor> tensors = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, Strict);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals(SafetensorsFormat.MetadataName))
                {
                    ReadMetadata(property.Value, metadata);
                }
                else
                {
                    tensors.Add(ReadTensor(property, path));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape of half a surrogate pair, which no text can contain.
            throw SafetensorsFormat.Malformed("SafetensorsHeader", path, $"its header does not follow the format: {e.Message}", e);
        }

        tensors.Sort((left, right) => (left.Begin, left.End).CompareTo((right.Begin, right.End)));
        CheckLayout(tensors, dataLength, path);
        return new SafetensorsHeader(metadata, tensors);
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        Require(element.ValueKind == JsonValueKind.Object, $"{SafetensorsFormat.MetadataName} is not an object.");
        foreach (JsonProperty property in element.EnumerateObject())
        {
            Require(property.Value.ValueKind == JsonValueKind.String, $"{SafetensorsFormat.MetadataName} '{property.Name}' is not a text.");
            metadata.Add(property.Name, property.Value.GetString()!);
        }
    }

    private static SafetensorsTensor ReadTensor(JsonProperty property, string path)
    {
        string name = property.Name;
        JsonElement element = property.Value;
        Require(element.ValueKind == JsonValueKind.Object, $"'{name}' is not an object.");
        string type = Member(name, element, "dtype", JsonValueKind.String).GetString()!;
        long[] dimensions = Numbers(name, element, "shape");
        long[] offsets = Numbers(name, element, "data_offsets");
        Require(offsets.Length == 2, $"the data_offsets of '{name}' are {offsets.Length} numbers, not 2.");
        if (!SafetensorsFormat.BitsOf.TryGetValue(type, out int bits))
        {
            throw SafetensorsFormat.Malformed(
                "SafetensorsType",
                path,
                $"the dtype of '{name}' is '{type}', and must be one of {string.Join(", ", SafetensorsFormat.BitsOf.Keys.Order())}.");
        }

        SafetensorsTensor tensor = new(name, type, dimensions, offsets[0], offsets[1]);
        if (tensor.Begin < 0 || tensor.End < tensor.Begin)
        {
            throw SafetensorsFormat.Malformed(
                "SafetensorsOffsets", path, $"'{name}' goes from byte {tensor.Begin} to byte {tensor.End}, which is not a valid range.");
        }

        CheckShape(tensor, bits, path);
        return tensor;
    }

    /// <summary>The byte length of a tensor matches its dimensions.</summary>
    private static void CheckShape(SafetensorsTensor tensor, int bits, string path)
    {
        Int128 total = bits;
        foreach (long dimension in tensor.Dimensions)
        {
            // Both factors are below 2⁶³, so the product cannot overflow.
            total = dimension < 0 ? Int128.MaxValue : total * dimension;
            if (total > long.MaxValue)
            {
                throw SafetensorsFormat.Malformed("SafetensorsShape", path, $"the dimensions of {tensor} are negative or too large.");
            }
        }

        if (total != (Int128)tensor.ByteLength * 8)
        {
            throw SafetensorsFormat.Malformed(
                "SafetensorsShape", path, $"{tensor} takes {total / 8} bytes, but its range has {tensor.ByteLength}.");
        }
    }

    /// <summary>The tensors, in order, cover the data from the first byte to the last.</summary>
    private static void CheckLayout(List<SafetensorsTensor> tensors, long dataLength, string path)
    {
        long end = 0;
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (tensor.Begin != end)
            {
                throw tensor.Begin < end
                    ? SafetensorsFormat.Malformed(
                        "SafetensorsOverlap", path, $"'{tensor.Name}' begins at byte {tensor.Begin}, before the end of another tensor at {end}.")
                    : SafetensorsFormat.Malformed(
                        "SafetensorsHole", path, $"the bytes {end} to {tensor.Begin} before '{tensor.Name}' belong to no tensor.");
            }

            end = tensor.End;
        }

        if (end > dataLength)
        {
            throw SafetensorsFormat.Malformed(
                "SafetensorsTruncated", path, $"its tensors take {end} bytes, but there are {dataLength} after its header.");
        }

        if (end < dataLength)
        {
            throw SafetensorsFormat.Malformed(
                "SafetensorsTrailing", path, $"its tensors end at byte {end}, but there are {dataLength} after its header.");
        }
    }

    private static long[] Numbers(string tensor, JsonElement element, string name)
    {
        JsonElement array = Member(tensor, element, name, JsonValueKind.Array);
        long[] numbers = new long[array.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            Require(
                item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out numbers[index++]),
                $"the {name} of '{tensor}' contains a value that is not a 64-bit whole number.");
        }

        return numbers;
    }

    private static JsonElement Member(string tensor, JsonElement element, string name, JsonValueKind kind)
    {
        Require(
            element.TryGetProperty(name, out JsonElement member) && member.ValueKind == kind,
            $"'{tensor}' has no {name}, or one of a wrong type.");
        return member;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new JsonException(otherwise);
        }
    }
}
