using System.Runtime.InteropServices;

namespace Cnn.Memory;

/// <summary>
/// Zeroed memory outside the managed heap, aligned to a cache line (64 bytes), that the garbage collector never moves.
/// It is freed by <see cref="Dispose"/>, or by the finalizer for those who forget.
/// </summary>
/// <typeparam name="T">The element.</typeparam>
/// <remarks>
/// A pointer taken from <see cref="Pointer"/> is good only while the buffer is reachable and not disposed:
/// whoever takes it keeps the buffer in a field, or calls <see cref="GC.KeepAlive"/> behind the last use.
/// </remarks>
public sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLine = 64;
    private T* _pointer;

    /// <summary>Asks for zeroed memory.</summary>
    /// <param name="length">Number of elements; 0 is allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such amount.</exception>
    public NativeBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint bytes = checked((nuint)length * (nuint)sizeof(T));
        // A whole number of cache lines, so that two buffers never share one between threads.
        bytes = (bytes + CacheLine - 1) / CacheLine * CacheLine;
        _pointer = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, CacheLine), CacheLine);
        NativeMemory.Clear(_pointer, bytes);
        ByteLength = (long)bytes;
        if (ByteLength > 0)
        {
            GC.AddMemoryPressure(ByteLength);
        }
    }

    /// <summary>Frees what <see cref="Dispose"/> was not called for.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Number of bytes held, rounded up to whole cache lines.</summary>
    public long ByteLength { get; }

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer == null, this);
            return _pointer;
        }
    }

    /// <summary>A part of the buffer, with bounds.</summary>
    /// <param name="start">The first element.</param>
    /// <param name="length">Number of elements.</param>
    /// <returns>The part.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie inside the buffer.</exception>
    public Span<T> Span(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        return new Span<T>(Pointer + start, length);
    }

    /// <summary>Frees the memory. Pointers taken before are dead.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_pointer == null)
        {
            return;
        }

        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        if (ByteLength > 0)
        {
            GC.RemoveMemoryPressure(ByteLength);
        }
    }
}
