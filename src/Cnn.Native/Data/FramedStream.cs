using System.Buffers.Binary;

namespace Cnn.Data;

/// <summary>
/// Passes a stream through, and knows its first two bytes before and its last four bytes after it was read:
/// the magic number of gzip and the length in the trailer of gzip.
/// </summary>
internal sealed class FramedStream : ForwardReadStream
{
    private const int TailLength = 4;
    private readonly Stream _inner;
    private readonly byte[] _start = new byte[2];
    private readonly byte[] _tail = new byte[TailLength];
    private readonly int _startLength;
    private int _startGiven;

    /// <summary>Reads the first two bytes; the inner stream stays the caller's.</summary>
    public FramedStream(Stream inner)
    {
        _inner = inner;
        _startLength = inner.ReadAtLeast(_start, _start.Length, throwOnEndOfStream: false);
    }

    /// <summary>Whether the stream begins as a gzip file does.</summary>
    public bool IsGzip => _startLength == 2 && _start[0] == 0x1f && _start[1] == 0x8b;

    /// <summary>The last four bytes that were read, as gzip writes a length.</summary>
    public uint Tail => BinaryPrimitives.ReadUInt32LittleEndian(_tail);

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

        Remember(buffer[..read]);
        return read;
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= TailLength)
        {
            bytes[^TailLength..].CopyTo(_tail);
        }
        else
        {
            _tail.AsSpan(bytes.Length).CopyTo(_tail);
            bytes.CopyTo(_tail.AsSpan(TailLength - bytes.Length));
        }
    }
}
