using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cnn.Files;

namespace Cnn.Serialization;

/// <summary>An open safetensors file, or its bytes in memory, whose header was checked against the format and against the size of the file.</summary>
internal sealed class SafetensorsReader : IDisposable
{
    private readonly Stream _stream;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsReader(string path, Stream stream)
    {
        Path = path;
        _stream = stream;
        _header = ReadHeader(path, stream);
        _dataStart = stream.Position;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Texts by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors in the order of their values.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors => _header.Tensors;

    /// <summary>Opens a file and checks it; it allocates no more memory than the length of the file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="CnnException">
    /// <c>FileNotFound</c>, <c>SourceNotFile</c>, <c>ReadFailed</c>, or the errors of <see cref="SafetensorsHeader.Parse"/>.
    /// </exception>
    public static SafetensorsReader Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        SafetensorsFormat.RequireLittleEndian();
        return Guarded(path, () =>
        {
            FileStream stream = PlainFile.OpenRead(path, FileShare.Read | FileShare.Delete);
            try
            {
                return new SafetensorsReader(path, stream);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        });
    }

    /// <summary>Checks the bytes of a file that are already in memory.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">Their name in errors.</param>
    /// <returns>The reader.</returns>
    /// <exception cref="CnnException">The errors of <see cref="SafetensorsHeader.Parse"/>.</exception>
    public static SafetensorsReader Of(byte[] content, string name)
    {
        SafetensorsFormat.RequireLittleEndian();
        return new SafetensorsReader(name, new MemoryStream(content, writable: false));
    }

    /// <summary>Reads the values of a tensor.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>, of type F32.</param>
    /// <param name="values">Receives the values; as many as the tensor has.</param>
    /// <exception cref="CnnException"><c>ReadFailed</c> or <c>SafetensorsTruncated</c>: the file disappeared while it was read.</exception>
    public void Read(SafetensorsTensor tensor, Span<float> values)
    {
        if (tensor.Type != SafetensorsFormat.Float32 || tensor.ByteLength != (long)values.Length * sizeof(float))
        {
            throw new ArgumentException($"{tensor} does not fit {values.Length} 32-bit values.", nameof(values));
        }

        ReadBytes(tensor, 0, MemoryMarshal.AsBytes(values));
    }

    /// <summary>Reads some bytes of a tensor.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="start">The first byte, from the beginning of the tensor.</param>
    /// <param name="bytes">Receives the values.</param>
    /// <exception cref="CnnException"><c>ReadFailed</c> or <c>SafetensorsTruncated</c>: the file disappeared while it was read.</exception>
    public void ReadBytes(SafetensorsTensor tensor, long start, Span<byte> bytes)
    {
        try
        {
            _stream.Position = _dataStart + tensor.Begin + start;
            _stream.ReadExactly(bytes);
        }
        catch (Exception e) when (IsOfSystem(e))
        {
            throw Translated(Path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static SafetensorsHeader ReadHeader(string path, Stream stream)
    {
        long fileLength = stream.Length;
        if (fileLength < SafetensorsFormat.PrefixLength)
        {
            throw SafetensorsFormat.Malformed(
                "SafetensorsTruncated",
                path,
                $"it has {fileLength} bytes, but the length of its header alone takes {SafetensorsFormat.PrefixLength}.");
        }

        Span<byte> prefix = stackalloc byte[SafetensorsFormat.PrefixLength];
        stream.ReadExactly(prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        long rest = fileLength - SafetensorsFormat.PrefixLength;
        if (headerLength > SafetensorsFormat.LongestHeader)
        {
            throw SafetensorsFormat.Malformed(
                "SafetensorsHeader",
                path,
                $"its header would have {headerLength} bytes, and the limit is {SafetensorsFormat.LongestHeader}.");
        }

        if (headerLength > (ulong)rest)
        {
            throw SafetensorsFormat.Malformed(
                "SafetensorsTruncated", path, $"its header has {headerLength} bytes, but there are {rest} in the file after its length.");
        }

        byte[] header = new byte[headerLength];
        stream.ReadExactly(header);
        return SafetensorsHeader.Parse(header, rest - header.Length, path);
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsOfSystem(e))
        {
            throw Translated(path, e);
        }
    }

    private static bool IsOfSystem(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private static CnnException Translated(string path, Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => new CnnException(
            "FileNotFound", CnnErrorKind.NotFound, $"There is no file '{System.IO.Path.GetFullPath(path)}'. Check the path.", e)
        { Target = path },
        EndOfStreamException => SafetensorsFormat.Malformed("SafetensorsTruncated", path, "it became shorter while it was read.", e),
        _ => new CnnException(
            "ReadFailed",
            CnnErrorKind.ReadFailed,
            $"'{path}' cannot be read: {e.Message}{(Directory.Exists(path) ? " It is a folder: pass the file in it." : "")} "
            + "Check the path and the permissions.",
            e)
        { Target = path },
    };
}
