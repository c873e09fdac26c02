using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cnn.Fuzz.Mutation;

/// <summary>Changes safetensors files: the length, the header as JSON, the JSON within the texts of its metadata, the values.</summary>
internal static class SafetensorsMutator
{
    private const int PrefixLength = sizeof(ulong);
    private const string MetadataName = "__metadata__";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Changes a file.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="file">The file.</param>
    /// <param name="other">Another file, for splices.</param>
    /// <returns>Another file.</returns>
    public static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        ulong headerLength = file.Length < PrefixLength ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (random.Next(4) == 0 || headerLength == 0 || headerLength > (ulong)(file.Length - PrefixLength))
        {
            return ByteMutator.Mutate(random, file, other);
        }

        int dataStart = PrefixLength + (int)headerLength;
        string header = Encoding.UTF8.GetString(file, PrefixLength, (int)headerLength);
        byte[] data = file[dataStart..];
        header = (random.Next(2) == 0 ? WithMutatedText(random, header) : null) ?? TextMutator.Mutate(random, header);
        if (random.Next(8) == 0)
        {
            data = ByteMutator.Mutate(random, data, other);
        }

        byte[] bytes = Encoding.UTF8.GetBytes(header);
        byte[] result = [.. new byte[PrefixLength], .. bytes, .. data];
        BinaryPrimitives.WriteInt64LittleEndian(result, random.Next(20) == 0 ? Interesting.Integer(random) : bytes.Length);
        return result;
    }

    /// <summary>Takes the checksum out of the metadata, as somebody does who changes a file on purpose: then only the checks of the content are left.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The file without.</returns>
    public static byte[] WithoutChecksum(byte[] file)
    {
        int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        JsonObject header = JsonNode.Parse(file.AsSpan(PrefixLength, headerLength))!.AsObject();
        header[MetadataName]!.AsObject().Remove("cnn.sha256");
        byte[] bytes = Encoding.UTF8.GetBytes(header.ToJsonString(Readable));
        byte[] result = [.. new byte[PrefixLength], .. bytes, .. file[(PrefixLength + headerLength)..]];
        BinaryPrimitives.WriteInt64LittleEndian(result, bytes.Length);
        return result;
    }

    private static string? WithMutatedText(Random random, string header)
    {
        try
        {
            if (JsonNode.Parse(header) is not JsonObject all || all[MetadataName] is not JsonObject { Count: > 0 } metadata)
            {
                return null;
            }

            string name = Interesting.Pick(random, [.. metadata.Select(text => text.Key)]);
            metadata[name] = TextMutator.Mutate(random, metadata[name]!.GetValue<string>());
            return all.ToJsonString(Readable);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            // A seed that failed before need not be JSON.
            return null;
        }
    }
}
