using System.Runtime.InteropServices;

namespace Cnn.Memory;

/// <summary>Where native buffers get their memory.</summary>
internal unsafe class NativeHeap
{
    /// <summary>The largest size that is accepted: 64 TiB. What the machine really has is found out by <see cref="MemoryBudget"/>.</summary>
    private const long MostBytes = 1L << 46;

    private const long CacheLine = 64;

    /// <summary>The heap of the process. Tests put one in its place that ends each buffer at a page nobody may touch.</summary>
    public static NativeHeap Current { get; set; } = new();

    /// <summary>The bytes of some elements, in whole cache lines, so that two buffers never share one between threads.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <param name="length">Number of elements, at least 0.</param>
    /// <returns>The number of bytes.</returns>
    /// <exception cref="CnnException"><c>OutOfMemory</c>: no machine has so much.</exception>
    public static long BytesOf<T>(long length)
        where T : unmanaged =>
        length > MostBytes / sizeof(T) ? throw OutOfMemory((Int128)length * sizeof(T), null) : ((length * sizeof(T)) + CacheLine - 1) / CacheLine * CacheLine;

    /// <summary>Asks for zeroed memory.</summary>
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

    /// <summary>Gives memory that <see cref="Take"/> gave back to the system.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="bytes">Number of bytes that were asked for.</param>
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
        $"The system has no {bytes} bytes of memory to give. Use a smaller batch size, fewer threads, or a smaller network, or end other programs.",
        inner);
}
