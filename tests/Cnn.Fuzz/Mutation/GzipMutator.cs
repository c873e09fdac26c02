using System.IO.Compression;

namespace Cnn.Fuzz.Mutation;

/// <summary>Changes gzip files: what is compressed, and the header and the trailer around it.</summary>
internal static class GzipMutator
{
    private const int HeaderLength = 10;
    private const int TrailerLength = 8;
    private const int LongestPlain = 1 << 20;

    /// <summary>Changes a file.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="file">The file.</param>
    /// <param name="other">Another file, for splices.</param>
    /// <param name="mutatePlain">Changes what is compressed.</param>
    /// <returns>Another file.</returns>
    public static byte[] Mutate(Random random, byte[] file, byte[] other, Func<byte[], byte[]> mutatePlain)
    {
        if (!IsGzip(file) || file.Length < HeaderLength + TrailerLength || Decompress(file) is not { } plain)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        switch (random.Next(8))
        {
            case 0:
                return ByteMutator.Mutate(random, file, other);
            case 1:
                return [.. ByteMutator.Mutate(random, file[..HeaderLength], other), .. file[HeaderLength..]];
            case 2:
                return [.. file[..^TrailerLength], .. ByteMutator.Mutate(random, file[^TrailerLength..], other)];
            case 3:
                return [.. file, .. Compress(mutatePlain(plain))];
            default:
                return Compress(mutatePlain(plain));
        }
    }

    /// <summary>Compresses.</summary>
    /// <param name="plain">The bytes.</param>
    /// <returns>A gzip file.</returns>
    public static byte[] Compress(byte[] plain)
    {
        using MemoryStream result = new();
        using (GZipStream gzip = new(result, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return result.ToArray();
    }

    /// <summary>Whether a file begins as gzip.</summary>
    public static bool IsGzip(byte[] file) => file is [0x1f, 0x8b, ..];

    private static byte[]? Decompress(byte[] file)
    {
        try
        {
            using GZipStream gzip = new(new MemoryStream(file), CompressionMode.Decompress);
            byte[] plain = new byte[LongestPlain];
            int length = gzip.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
            return plain[..length];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
