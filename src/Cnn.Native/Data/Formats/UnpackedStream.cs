using System.IO.Compression;

namespace Cnn.Data;

/// <summary>
/// The content of a gzip file, unpacked while it is read. <see cref="GZipStream"/> ends as if all were well where a file is truncated within the end of its last member, or continues after it; this
/// stream checks the end, so that it ends only where the content does.
/// </summary>
internal sealed class UnpackedStream : ForwardReadStream
{
    private readonly FileStream _file;
    private readonly FramedStream _framed;
    private readonly GZipStream _content;
    private long _length;
    private bool _isChecked;

    /// <summary>Begins to unpack.</summary>
    /// <param name="file">The file; the caller keeps it.</param>
    /// <param name="framed">The same file, as it is read now; the caller keeps it.</param>
    public UnpackedStream(FileStream file, FramedStream framed) =>
        (_file, _framed, _content) = (file, framed, new GZipStream(framed, CompressionMode.Decompress, leaveOpen: true));

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The compression is damaged, the content ends too early, or other data follows it.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = _content.Read(buffer);
        _length += read;
        if (read == 0 && !buffer.IsEmpty && !_isChecked)
        {
            CheckEnd();
            _isChecked = true;
        }

        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
        }

        base.Dispose(disposing);
    }

    private void CheckEnd()
    {
        Span<byte> rest = stackalloc byte[1024];
        while (_framed.Read(rest) != 0)
        {
            // Only zeros may follow, and the stream counts them.
        }

        if (!GzipEnd.Fits(_framed.Tail, _framed.Zeros, _length, CrcOfLast))
        {
            throw new InvalidDataException("It ends too early, or other data follows it.");
        }
    }

    /// <summary>The CRC of the last bytes: where the last member of several begins is known only now, so the file is unpacked once more.</summary>
    private uint CrcOfLast(long length)
    {
        _file.Position = 0;
        using GZipStream again = new(_file, CompressionMode.Decompress, leaveOpen: true);
        byte[] chunk = new byte[1 << 16];
        long before = _length - length;
        uint crc = 0;
        for (int read = again.Read(chunk); read > 0; read = again.Read(chunk))
        {
            crc = GzipEnd.Crc(crc, chunk.AsSpan((int)Math.Min(before, read), read - (int)Math.Min(before, read)));
            before -= Math.Min(before, read);
        }

        return crc;
    }
}
