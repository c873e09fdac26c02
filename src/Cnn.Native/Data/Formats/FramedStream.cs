namespace Cnn.Data;

/// <summary>
/// Passes a stream through. It knows the first two bytes before the stream is read, and the last ones afterwards: the magic number of gzip, and the bytes
/// that <see cref="GzipEnd"/> checks.
/// </summary>
internal sealed class FramedStream : ForwardReadStream
{
    private readonly Stream _inner;
    private readonly byte[] _start = new byte[2];
    private readonly byte[] _tail = new byte[GzipEnd.TailLength];
    private readonly int _startLength;
    private int _startGiven;

    /// <summary>Reads the first two bytes; the caller keeps ownership of the inner stream.</summary>
    public FramedStream(Stream inner)
    {
        _inner = inner;
        _startLength = inner.ReadAtLeast(_start, _start.Length, throwOnEndOfStream: false);
    }

    /// <summary>Whether the stream begins as a gzip file does.</summary>
    public bool IsGzip => _startLength == 2 && _start[0] == 0x1f && _start[1] == 0x8b;

    /// <summary>The last bytes that were read, up to the last one that is not zero; padded with zeros in front if there are fewer.</summary>
    public ReadOnlySpan<byte> Tail => _tail;

    /// <summary>The number of zeros that were read after <see cref="Tail"/>.</summary>
    public long Zeros { get; private set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_startGiven < _startLength)
        {
            read = Math.Min(buffer.Length, _startLength - _startGiven);
            _start.AsSpan(_startGiven, read).CopyTo(buffer);
            _startGiven += read;
        }
        else
        {
            read = _inner.Read(buffer);
        }

        UpdateTail(buffer[..read]);
        return read;
    }

    private void UpdateTail(ReadOnlySpan<byte> bytes)
    {
        int last = bytes.LastIndexOfAnyExcept((byte)0);
        if (last < 0)
        {
            Zeros += bytes.Length;
            return;
        }

        // The earlier zeros were not padding: something follows them.
        Append(Zeros, bytes[..(last + 1)]);
        Zeros = bytes.Length - last - 1;
    }

    /// <summary>Shifts zeros and bytes into the tail.</summary>
    private void Append(long zeros, ReadOnlySpan<byte> bytes)
    {
        Span<byte> joined = stackalloc byte[3 * GzipEnd.TailLength];
        joined.Clear();
        int between = (int)Math.Min(zeros, GzipEnd.TailLength);
        ReadOnlySpan<byte> end = bytes.Length > GzipEnd.TailLength ? bytes[^GzipEnd.TailLength..] : bytes;
        _tail.CopyTo(joined);
        end.CopyTo(joined[(GzipEnd.TailLength + between)..]);
        joined.Slice(between + end.Length, GzipEnd.TailLength).CopyTo(_tail);
    }
}
