using System.Buffers.Binary;
using System.IO.Compression;

namespace Cnn.Fuzz.Mutation;

/// <summary>Changes PNG files, and then makes the checksums of their chunks right again: otherwise nothing after them is looked at.</summary>
internal static class PngMutator
{
    private const int SignatureLength = 8;

    /// <summary>Length and name before the data of a chunk, and the checksum after it, four bytes each.</summary>
    private const int FieldLength = 4;

    /// <summary>Whether a file begins as PNG.</summary>
    public static bool IsPng(byte[] file) => file is [0x89, (byte)'P', (byte)'N', (byte)'G', ..];

    /// <summary>Changes a file.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="file">The file.</param>
    /// <param name="other">Another file, for splices.</param>
    /// <returns>Another file.</returns>
    public static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        byte[] result = random.Next(2) == 0 ? ByteMutator.Mutate(random, file, other) : WithMutatedData(random, file, other);
        for (int at = SignatureLength; at + (3 * FieldLength) <= result.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(result.AsSpan(at));
            if (length > result.Length - at - (3 * FieldLength))
            {
                break;
            }

            Span<byte> checkedBytes = result.AsSpan(at + FieldLength, FieldLength + (int)length);
            BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(at + (2 * FieldLength) + (int)length), Checksum(checkedBytes));
            at += (3 * FieldLength) + (int)length;
        }

        return result;
    }

    /// <summary>Changes the pixels as they are before they are packed, if the file has them in one chunk.</summary>
    private static byte[] WithMutatedData(Random random, byte[] file, byte[] other)
    {
        int name = file.AsSpan().IndexOf("IDAT"u8);
        if (name < FieldLength)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(name - FieldLength));
        int start = name + FieldLength;
        if (length > file.Length - start)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        int end = start + (int)length;
        byte[] plain;
        try
        {
            using ZLibStream zlib = new(new MemoryStream(file, start, (int)length), CompressionMode.Decompress);
            byte[] buffer = new byte[1 << 16];
            plain = buffer[..zlib.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(ByteMutator.Mutate(random, plain, other));
        }

        byte[] lengthField = new byte[FieldLength];
        BinaryPrimitives.WriteUInt32BigEndian(lengthField, (uint)packed.Length);
        return [.. file[..(name - FieldLength)], .. lengthField, .. "IDAT"u8, .. packed.ToArray(), .. file[end..]];
    }

    /// <summary>CRC-32 as the PNG specification has it (annex D).</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint register = uint.MaxValue;
        foreach (byte value in bytes)
        {
            register ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register & 1) == 1 ? 0xEDB88320 ^ (register >> 1) : register >> 1;
            }
        }

        return ~register;
    }
}
