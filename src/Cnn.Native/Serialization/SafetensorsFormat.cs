using System.Collections.Frozen;

namespace Cnn.Serialization;

/// <summary>
/// The safetensors format: eight bytes with the length of the header (unsigned, little-endian), the header (a JSON object,
/// padded with spaces), and the values of the tensors, one after the other without holes.
/// </summary>
internal static class SafetensorsFormat
{
    /// <summary>Bytes of the number in front of the header.</summary>
    public const int PrefixLength = 8;

    /// <summary>The longest header that is accepted; the limit of the reference implementation.</summary>
    public const long LongestHeader = 100_000_000;

    /// <summary>The header's property that is not a tensor but contains texts by name.</summary>
    public const string MetadataName = "__metadata__";

    /// <summary>The element type of 32-bit floating point.</summary>
    public const string Float32 = "F32";

    /// <summary>Bits of one value of each element type.</summary>
    public static readonly FrozenDictionary<string, int> BitsOf = new Dictionary<string, int>
    {
        ["F4"] = 4,
        ["F6_E2M3"] = 6,
        ["F6_E3M2"] = 6,
        ["BOOL"] = 8,
        ["U8"] = 8,
        ["I8"] = 8,
        ["F8_E5M2"] = 8,
        ["F8_E4M3"] = 8,
        ["F8_E8M0"] = 8,
        ["I16"] = 16,
        ["U16"] = 16,
        ["F16"] = 16,
        ["BF16"] = 16,
        ["I32"] = 32,
        ["U32"] = 32,
        [Float32] = 32,
        ["C64"] = 64,
        ["F64"] = 64,
        ["I64"] = 64,
        ["U64"] = 64,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Values are copied unchanged between file and memory, because every processor that .NET trains on is little-endian like the format. The exception
    /// (s390x) gets an error instead of numbers with reversed bytes.
    /// </summary>
    /// <exception cref="CnnException"><c>ByteOrder</c>.</exception>
    public static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new CnnException(
                "ByteOrder",
                CnnErrorKind.Unavailable,
                "Model files can be read and written on little-endian processors (x64, ARM64) only.");
        }
    }

    /// <summary>The error of a file that does not follow the format.</summary>
    /// <param name="errorId">The identifier.</param>
    /// <param name="path">The file.</param>
    /// <param name="wrong">What is wrong, and what was expected.</param>
    /// <param name="inner">The error that caused it.</param>
    /// <returns>The error.</returns>
    public static CnnException Malformed(string errorId, string path, string wrong, Exception? inner = null) => new(
        errorId,
        CnnErrorKind.InvalidData,
        $"'{path}' is not a valid safetensors file: {wrong} "
        + "It is another kind of file, or was damaged or truncated: copy, download or save it again.",
        inner)
    { Target = path };
}
