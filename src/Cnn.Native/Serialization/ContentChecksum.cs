using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Cnn.Serialization;

/// <summary>
/// A checksum over the content of a file: this product's metadata (except the checksum) and all tensors, each in the order of their names. So it does not
/// change when another program writes the same content in another order.
/// </summary>
/// <remarks>
/// It is the SHA-256 of: the number of texts; name and value of each; the number of tensors; name, type, number of dimensions,
/// dimensions, and values of each. Numbers have eight bytes, little-endian; a text is its length in bytes and its UTF-8.
/// </remarks>
internal sealed class ContentChecksum : IDisposable
{
    /// <summary>The text that holds the checksum, in hexadecimal digits.</summary>
    public const string Name = "cnn.sha256";

    private const int BlockLength = 1 << 16;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private ContentChecksum()
    {
    }

    /// <summary>The checksum of content to be written.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="tensors">The tensors.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(IReadOnlyDictionary<string, string> texts, IReadOnlyList<TensorSource> tensors)
    {
        using ContentChecksum checksum = new();
        checksum.Add(texts);
        checksum.Add(tensors.Count);
        foreach ((SafetensorsTensor tensor, TensorSource source) in
            SafetensorsWriter.LayOut(tensors).Zip(tensors).OrderBy(pair => pair.First.Name, StringComparer.Ordinal))
        {
            checksum.Add(tensor);
            checksum._hash.AppendData(MemoryMarshal.AsBytes(source.Values));
        }

        return checksum.Result();
    }

    /// <summary>The checksum of the content of a file.</summary>
    /// <param name="reader">The file.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(SafetensorsReader reader)
    {
        using ContentChecksum checksum = new();
        checksum.Add(reader.Metadata);
        checksum.Add(reader.Tensors.Count);
        byte[] block = new byte[BlockLength];
        foreach (SafetensorsTensor tensor in reader.Tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            checksum.Add(tensor);
            for (long start = 0; start < tensor.ByteLength; start += BlockLength)
            {
                Span<byte> bytes = block.AsSpan(0, (int)Math.Min(BlockLength, tensor.ByteLength - start));
                reader.ReadBytes(tensor, start, bytes);
                checksum._hash.AppendData(bytes);
            }
        }

        return checksum.Result();
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Add(IReadOnlyDictionary<string, string> texts)
    {
        List<KeyValuePair<string, string>> own =
            [.. texts.Where(pair => pair.Key.StartsWith(CnnFile.Prefix, StringComparison.Ordinal) && pair.Key != Name)];
        Add(own.Count);
        foreach ((string name, string text) in own.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Add(name);
            Add(text);
        }
    }

    private void Add(SafetensorsTensor tensor)
    {
        Add(tensor.Name);
        Add(tensor.Type);
        Add(tensor.Dimensions.Count);
        foreach (long dimension in tensor.Dimensions)
        {
            Add(dimension);
        }
    }

    private void Add(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Add(bytes.Length);
        _hash.AppendData(bytes);
    }

    private void Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }

    private string Result() => Convert.ToHexStringLower(_hash.GetHashAndReset());
}
