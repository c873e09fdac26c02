using System.Buffers.Binary;

namespace Cnn.Data;

/// <summary>
/// The end of a gzip file (RFC 1952, 2.3): the CRC-32 and the length of the content of its last member, followed by zeros as padding. A file may consist of
/// several members (2.2).
/// </summary>
internal static class GzipEnd
{
    /// <summary>Bytes before the padding that are looked at: a whole member without content, with a file name.</summary>
    public const int TailLength = 320;

    /// <summary>Bytes of the end, without padding.</summary>
    private const int Length = 8;

    /// <summary>At least one byte of a non-zero length is not zero.</summary>
    private const int MostZeros = 3;

    private const long LengthModulus = 1L << 32;

    private const int HeaderLength = 10;
    private const int HasHeaderCrc = 2;
    private const int HasExtra = 4;
    private const int HasName = 8;
    private const int HasComment = 16;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(value => Row((uint)value))];

    private static ReadOnlySpan<byte> Magic => [0x1f, 0x8b, 8];

    private static ReadOnlySpan<byte> StoredNothing => [1, 0, 0, 0xff, 0xff];

    /// <summary>Whether a file ends like a gzip file with the given content.</summary>
    /// <param name="tail">The last bytes up to the last one that is not zero, <see cref="TailLength"/> of them; padded with zeros in front if there are fewer.</param>
    /// <param name="zeros">The number of zeros after them.</param>
    /// <param name="dataLength">The length of the complete content that was read from it.</param>
    /// <param name="crcOfLast">The CRC-32 of so many of its last bytes; asked for only if the file may have several members.</param>
    /// <returns>Whether the last member is complete, and only padding follows.</returns>
    public static bool Fits(ReadOnlySpan<byte> tail, long zeros, long dataLength, Func<long, uint> crcOfLast)
    {
        if (EndsWithEmptyMember(tail, zeros))
        {
            return true;
        }

        Span<byte> end = stackalloc byte[Length];
        for (int own = 0; own <= Math.Min(MostZeros, zeros); own++)
        {
            // This many of the zeros belong to the length; the others are padding.
            end.Clear();
            tail[^(Length - own)..].CopyTo(end);
            uint crc = BinaryPrimitives.ReadUInt32LittleEndian(end);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(end[4..]);

            // For a single member the decoder has checked the CRC.
            if (length == (uint)dataLength)
            {
                return true;
            }

            // For several, only the last one is known to be complete if its data is here. The end has its length modulo 2³².
            for (long last = length; last > 0 && last < dataLength; last += LengthModulus)
            {
                if (crcOfLast(last) == crc)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// Whether a member without content ends the file, as bgzip writes one. All that tells of it is zero, so it must be there as a whole: its header, and a last block of nothing.
    /// </summary>
    private static bool EndsWithEmptyMember(ReadOnlySpan<byte> tail, long zeros)
    {
        // A last block of nothing is 03 00 with the fixed codes, and 01 00 00 ff ff as it stands; eight zeros follow.
        int block = tail.EndsWith(StoredNothing) ? StoredNothing.Length : tail[^1] == 3 && zeros > Length ? 1 : 0;
        if (block == 0 || zeros < Length)
        {
            return false;
        }

        ReadOnlySpan<byte> before = tail[..^block];
        for (int at = before.Length - HeaderLength; at >= 0; at--)
        {
            if (before[at..].StartsWith(Magic) && IsHeader(before[at..]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether bytes are the header of a member and nothing else (2.3.1).</summary>
    private static bool IsHeader(ReadOnlySpan<byte> bytes)
    {
        int flags = bytes[3];
        ReadOnlySpan<byte> rest = bytes[HeaderLength..];
        if ((flags & HasExtra) != 0)
        {
            int length = rest.Length < 2 ? int.MaxValue : 2 + BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (length > rest.Length)
            {
                return false;
            }

            rest = rest[length..];
        }

        foreach (int text in (ReadOnlySpan<int>)[HasName, HasComment])
        {
            if ((flags & text) != 0)
            {
                int end = rest.IndexOf((byte)0);
                if (end < 0)
                {
                    return false;
                }

                rest = rest[(end + 1)..];
            }
        }

        return rest.Length == ((flags & HasHeaderCrc) != 0 ? 2 : 0);
    }

    /// <summary>CRC-32 (ISO 3309), as gzip uses it, of bytes that follow others.</summary>
    /// <param name="crc">The CRC of the bytes before them; 0 if there are none.</param>
    /// <param name="data">The bytes.</param>
    /// <returns>The CRC of all.</returns>
    public static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        uint register = ~crc;
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
