using System.Runtime.InteropServices;

namespace Cnn.Memory;

/// <summary>The source of the memory of native buffers.</summary>
internal unsafe class NativeHeap
{
    /// <summary>The largest size that is accepted: 64 TiB. <see cref="MemoryBudget"/> finds out what the machine really has.</summary>
    private const long MostBytes = 1L << 46;

    private const long CacheLine = 64;

    /// <summary>The heap of the process. Tests replace it with one that ends each buffer at an inaccessible page.</summary>
    public static NativeHeap Current { get; set; } = new();

    /// <summary>The bytes of some elements, in whole cache lines, so that two buffers never share one between threads.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <param name="length">Number of elements, at least 0.</param>
    /// <returns>The number of bytes.</returns>
    /// <exception cref="CnnException"><c>OutOfMemory</c>: no machine has this much.</exception>
    public static long BytesOf<T>(long length)
        where T : unmanaged =>
        length > MostBytes / sizeof(T) ? throw OutOfMemory((Int128)length * sizeof(T), null) : ((length * sizeof(T)) + CacheLine - 1) / CacheLine * CacheLine;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="bytes">Number of bytes that will be used; 0 is allowed.</param>
    /// <param name="held">Number of bytes that are held for them, from <see cref="BytesOf"/>.</param>
    /// <returns>The first byte.</returns>
    /// <exception cref="CnnException"><c>OutOfMemory</c>: the system refused.</exception>
    public nint Take(long bytes, long held)
    {
        try
        {
            return Allocate(bytes, held);
        }
        catch (OutOfMemoryException e)
        {
            throw OutOfMemory(held, e);
        }
    }

    /// <summary>Returns memory from <see cref="Take"/> to the system.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">The number of bytes that were requested.</param>
    public virtual void Free(nint address, long bytes) => NativeMemory.AlignedFree((void*)address);

    /// <summary>Zeroed memory from the system.</summary>
    /// <param name="bytes">Number of bytes that will be used.</param>
    /// <param name="held">Number of bytes that are held for them.</param>
    /// <returns>The first byte.</returns>
    protected virtual nint Allocate(long bytes, long held)
    {
        void* pointer = NativeMemory.AlignedAlloc((nuint)Math.Max(held, CacheLine), (nuint)CacheLine);
        NativeMemory.Clear(pointer, (nuint)held);
        return (nint)pointer;
    }

    private static CnnException OutOfMemory(Int128 bytes, Exception? inner) => new(
        "OutOfMemory",
        CnnErrorKind.OperationFailed,
        $"The system cannot provide {bytes} bytes of memory. Use a smaller batch size, fewer threads, or a smaller network, or end other programs.",
        inner);
}
