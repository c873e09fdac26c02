using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;
using Cnn.Memory;

namespace Cnn.Data;

/// <summary>What an IDX file is read as.</summary>
internal enum IdxContent
{
    /// <summary>Values in one dimension, or in two dimensions of which the first column counts.</summary>
    Labels,

    /// <summary>Values in three dimensions, or in four with colours.</summary>
    Images,
}

/// <summary>
/// The IDX format itself, over any stream: four bytes of magic number (0, 0, type, number of dimensions), one big-endian 32-bit size for every dimension,
/// then the values. Nothing is used before it is checked.
/// </summary>
internal static class IdxDecoder
{
    internal const uint LabelMagic = 0x00000801;
    internal const uint IntegerLabelMagic = 0x00000C01;
    internal const uint ImageMagic = 0x00000803;

    private const int MostDimensions = 4;

    /// <summary>Deflate expands one byte to at most 1032: the limit for a compressed file of known length.</summary>
    private const long MaximumDeflateRatio = 1032;

    /// <summary>Small enough that the hash finds the data just read in the cache of the processor.</summary>
    private const int ChunkLength = 256 * 1024;

    /// <summary>Reads a whole file.</summary>
    /// <param name="input">The file, plain or compressed with gzip.</param>
    /// <param name="inputLength">The length as stored, if it is known.</param>
    /// <param name="path">Its name in errors.</param>
    /// <param name="content">The expected content.</param>
    /// <param name="check">What else is known about it.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public static IdxFile Read(
        Stream input, long? inputLength, string path, IdxContent content, ContentCheck? check, CancellationToken cancellation)
    {
        try
        {
            using FramedStream framed = new(input);
            using Stream plain = framed.IsGzip ? new GZipStream(framed, CompressionMode.Decompress) : framed;
            IdxFile file = ReadHeader(plain, path, content, total => CheckLength(total, inputLength, framed.IsGzip, path, check));
            check?.Append(file.Content.Slice(0, file.DataStart));
            ReadData(plain, file, path, check, cancellation);
            CheckEnd(framed, plain, file, path);
            check?.Finish(path);
            return file;
        }
        catch (InvalidDataException e)
        {
            throw Error("IdxCorrupt", path, $"its gzip compression is damaged ({e.Message}). Get the file again.", e);
        }
    }

    private static IdxFile ReadHeader(Stream plain, string path, IdxContent content, Action<long> checkLength)
    {
        Span<byte> header = stackalloc byte[HeaderLength(MostDimensions)];
        int read = plain.ReadAtLeast(header[..4], 4, throwOnEndOfStream: false);
        int dimensionCount = content == IdxContent.Images ? 3 : 1;
        IdxType type = IdxType.UnsignedByte;
        if (read == 4)
        {
            CheckMagic(BinaryPrimitives.ReadUInt32BigEndian(header), path, content);
            (type, dimensionCount) = ((IdxType)header[2], header[3]);
            header = header[..HeaderLength(dimensionCount)];
            read += plain.ReadAtLeast(header[4..], header.Length - 4, throwOnEndOfStream: false);
        }

        if (read < HeaderLength(dimensionCount))
        {
            throw Error(
                "IdxTruncated", path, $"it ends after {read} bytes, within the header of {HeaderLength(dimensionCount)} bytes. Get the file again.");
        }

        uint[] sizes = new uint[dimensionCount];
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * i))..]);
        }

        long total = TotalLength(sizes, header.Length, IdxValues.SizeOf(type), path);
        checkLength(total);
        PixelMemory bytes = Allocate(total, path);
        header.CopyTo(bytes.Slice(0, header.Length));
        return new IdxFile(bytes, type, [.. sizes.Select(size => (int)size)]);
    }

    private static int HeaderLength(int dimensions) => 4 + (4 * dimensions);

    private static void CheckMagic(uint found, string path, IdxContent content)
    {
        int dimensions = (int)(found & 0xff);
        bool isType = found >> 16 == 0 && Enum.IsDefined((IdxType)(found >> 8));
        if (isType && (content == IdxContent.Images ? dimensions is 3 or 4 : dimensions is 1 or 2))
        {
            return;
        }

        uint expected = content == IdxContent.Images ? ImageMagic : LabelMagic;
        string hint = isType switch
        {
            true when dimensions is 3 or 4 => " It is a file of images: are the two paths swapped?",
            true when dimensions is 1 or 2 => " It is a file of labels: are the two paths swapped?",
            _ when found >> 16 == 0 => " It is an IDX file of another type or with other dimensions.",
            _ => "",
        };
        throw Error(
            "IdxMagicNumber",
            path,
            $"it begins with 0x{found:x8}, but an IDX file of {(content == IdxContent.Images ? "images" : "labels")} "
            + $"of bytes begins with 0x{expected:x8}.{hint}");
    }

    private static long TotalLength(uint[] sizes, int headerLength, int valueLength, string path)
    {
        if (sizes.AsSpan(1).Contains(0u))
        {
            throw Error("IdxSize", path, $"its header says [{string.Join("][", sizes)}]. All sizes but the first must be at least 1.");
        }

        Int128 image = sizes.Skip(1).Aggregate((Int128)valueLength, (product, size) => product * size);
        Int128 total = headerLength + (sizes[0] * image);
        if (total > PixelMemory.MostBytes || image > Array.MaxLength || sizes[0] > Array.MaxLength)
        {
            throw Error(
                "IdxSize",
                path,
                $"its header says [{string.Join("][", sizes)}], {total} bytes. The limit is {PixelMemory.MostBytes} bytes, {Array.MaxLength} for an image, and as many images: "
                + "the header is damaged, or the file must be split.");
        }

        return (long)total;
    }

    /// <summary>Compares the length that the header announces with everything that is known, before memory is allocated.</summary>
    private static void CheckLength(long total, long? inputLength, bool isGzip, string path, ContentCheck? check)
    {
        if (inputLength is long length)
        {
            if (isGzip ? total > length * MaximumDeflateRatio : total > length)
            {
                throw Error(
                    "IdxTruncated",
                    path,
                    $"its header announces {total} bytes, but the {length} {(isGzip ? "compressed " : "")}bytes of the file cannot contain them: "
                    + "the end is missing, or the header is damaged. Get the file again.");
            }

            if (!isGzip && total < length)
            {
                throw TrailingData(path, total);
            }
        }

        if (check is not null && total != check.Length)
        {
            throw Error(
                "IdxSize", path, $"its header announces {total} bytes; the published file has {check.Length}. Get the published file.");
        }
    }

    private static PixelMemory Allocate(long length, string path)
    {
        MemoryBudget.Require(length, (needs, _) => $"'{path}' needs {needs}. Read a smaller file, or end other programs.");
        try
        {
            return PixelMemory.Allocate(length);
        }
        catch (OutOfMemoryException e)
        {
            throw Error("IdxSize", path, $"its header announces {length} bytes, and there is not enough memory.", e);
        }
    }

    private static void ReadData(Stream plain, IdxFile file, string path, ContentCheck? check, CancellationToken cancellation)
    {
        PixelMemory bytes = file.Content;
        long position = file.DataStart;
        while (position < bytes.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<byte> chunk = bytes.Slice(position, (int)Math.Min(ChunkLength, bytes.Length - position));
            int read = plain.Read(chunk);
            if (read == 0)
            {
                throw Error(
                    "IdxTruncated", path, $"its header announces {bytes.Length} bytes, but it ends after {position}. Get the file again.");
            }

            check?.Append(chunk[..read]);
            position += read;
        }
    }

    /// <summary>
    /// The file must end where its data ends. <see cref="GZipStream"/> reads all members of a file and checks the CRC of each one that it reaches, but
    /// accepts a file that is truncated within the end of the last member, or that continues after it. So that is checked here.
    /// </summary>
    private static void CheckEnd(FramedStream framed, Stream plain, IdxFile file, string path)
    {
        Span<byte> next = stackalloc byte[1024];
        if (plain.Read(next[..1]) != 0)
        {
            throw TrailingData(path, file.Content.Length);
        }

        if (!framed.IsGzip)
        {
            return;
        }

        while (framed.Read(next) != 0)
        {
            // Only zeros may follow, and the stream counts them.
        }

        if (!GzipEnd.Fits(framed.Tail, framed.Zeros, file.Content.Length, length => CrcOfLast(file.Content, length)))
        {
            throw Error(
                "IdxCorrupt",
                path,
                "the last bytes are not the end of a gzip file with this data: bytes are missing, or other data follows. "
                + "Get the file again.");
        }
    }

    private static uint CrcOfLast(PixelMemory content, long length)
    {
        uint crc = 0;
        for (long at = content.Length - length; at < content.Length; at += ChunkLength)
        {
            crc = GzipEnd.Crc(crc, content.Slice(at, (int)Math.Min(ChunkLength, content.Length - at)));
        }

        return crc;
    }

    private static CnnException TrailingData(string path, long expected) =>
        Error("IdxTrailingData", path, $"its header announces {expected} bytes, but it continues after them. Get the file again.");

    private static CnnException Error(string errorId, string path, string what, Exception? inner = null) =>
        new(errorId, CnnErrorKind.InvalidData, $"'{path}' is not a valid IDX file: {what}", inner) { Target = path };
}
