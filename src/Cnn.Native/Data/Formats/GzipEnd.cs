using System.Buffers.Binary;

namespace Cnn.Data;

/// <summary>
/// The end of a gzip file (RFC 1952, 2.3): the CRC-32 and the length of the content of its last member, followed by zeros as padding. A file may consist of
/// several members (2.2).
/// </summary>
internal static class GzipEnd
{
    /// <summary>Bytes of the end, without padding.</summary>
    public const int Length = 8;

    /// <summary>At least one byte of a non-zero length is not zero.</summary>
    private const int MostZeros = 3;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(value => Row((uint)value))];

    /// <summary>Whether a file ends like a gzip file with the given content.</summary>
    /// <param name="tail">The last bytes up to the last one that is not zero, <see cref="Length"/> of them; padded with zeros in front if there are fewer.</param>
    /// <param name="zeros">The number of zeros after them.</param>
    /// <param name="data">The complete content that was read from it.</param>
    /// <returns>Whether the last member is complete, and only padding follows.</returns>
    public static bool Fits(ReadOnlySpan<byte> tail, long zeros, ReadOnlySpan<byte> data)
    {
        Span<byte> end = stackalloc byte[Length];
        for (int own = 0; own <= Math.Min(MostZeros, zeros); own++)
        {
            // This many of the zeros belong to the length; the others are padding.
            end.Clear();
            tail[own..].CopyTo(end);
            uint crc = BinaryPrimitives.ReadUInt32LittleEndian(end);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(end[4..]);

            // For a single member the decoder has checked the CRC. For several, only the last one is known to be complete if its data is here.
            if (length == (uint)data.Length || (length > 0 && length < data.Length && Crc(data[^(int)length..]) == crc))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>CRC-32 (ISO 3309), as gzip uses it.</summary>
    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint register = uint.MaxValue;
        foreach (byte value in data)
        {
            register = Table[(byte)(register ^ value)] ^ (register >> 8);
        }

        return ~register;
    }

    private static uint Row(uint value)
    {
        for (int bit = 0; bit < 8; bit++)
        {
            value = (value & 1) == 1 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
        }

        return value;
    }
}
