namespace Cnn.Memory;

/// <summary>
/// Zeroed memory outside the managed heap, aligned to a cache line (64 bytes), that the garbage collector never moves.
/// It is freed by <see cref="Dispose"/>, or by the finalizer for those who forget.
/// </summary>
/// <typeparam name="T">The element.</typeparam>
/// <remarks>
/// <para>
/// A pointer taken from <see cref="Pointer"/> is valid only while the buffer is reachable and not disposed: whoever takes it keeps the buffer in a field, or
/// calls <see cref="GC.KeepAlive"/> after the last use.
/// </para>
/// <para>
/// It is not safe to dispose a buffer while it is used. Owners of buffers make it safe with a <see cref="Lifetime"/>; nothing outside the engine can reach a
/// buffer.
/// </para>
/// </remarks>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly NativeHeap _heap = NativeHeap.Current;
    private nint _address;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="length">Number of elements; 0 is allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="CnnException"><c>OutOfMemory</c>: the system cannot provide this amount.</exception>
    public NativeBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        ByteLength = NativeHeap.BytesOf<T>(length);
        _address = _heap.Take(length * sizeof(T), ByteLength);
        if (ByteLength > 0)
        {
            GC.AddMemoryPressure(ByteLength);
        }
    }

    /// <summary>Frees a buffer that was not disposed.</summary>
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
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return (T*)_address;
        }
    }

    /// <summary>A part of the buffer, with bounds.</summary>
    /// <param name="start">The first element.</param>
    /// <param name="length">Number of elements.</param>
    /// <returns>The part.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside the buffer.</exception>
    public Span<T> Span(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        return new Span<T>(Pointer + start, length);
    }

    /// <summary>Copies all values of a buffer of the same length.</summary>
    /// <param name="source">The buffer.</param>
    /// <exception cref="ArgumentException">The lengths are not the same.</exception>
    public void CopyFrom(NativeBuffer<T> source)
    {
        CheckLength(source);
        Buffer.MemoryCopy(source.Pointer, Pointer, ByteLength, Length * sizeof(T));
        GC.KeepAlive(source);
    }

    /// <summary>Exchanges all values with a buffer of the same length.</summary>
    /// <param name="other">The buffer.</param>
    /// <exception cref="ArgumentException">The lengths are not the same.</exception>
    public void Swap(NativeBuffer<T> other)
    {
        CheckLength(other);
        T* ours = Pointer;
        T* theirs = other.Pointer;
        for (long i = 0; i < Length; i++)
        {
            (ours[i], theirs[i]) = (theirs[i], ours[i]);
        }

        GC.KeepAlive(other);
    }

    /// <summary>Frees the memory. Pointers taken before become invalid.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void CheckLength(NativeBuffer<T> other)
    {
        if (other.Length != Length)
        {
            throw new ArgumentException($"The buffer has {other.Length} values, and {Length} were expected.", nameof(other));
        }
    }

    private void Free()
    {
        // The exchange ensures that only one of two calls frees it.
        nint address = Interlocked.Exchange(ref _address, 0);
        if (address == 0)
        {
            return;
        }

        _heap.Free(address, Length * sizeof(T));
        if (ByteLength > 0)
        {
            GC.RemoveMemoryPressure(ByteLength);
        }
    }
}
