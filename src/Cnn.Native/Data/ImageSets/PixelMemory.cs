using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cnn.Data;

/// <summary>
/// The bytes of the images of a set, one after the other, in one block of memory that never moves. An array of bytes ends at 2 GB, so more bytes are in an array of
/// larger elements. Both are in the pinned object heap: the garbage collector frees them when no set and no span refers to them.
/// </summary>
internal sealed class PixelMemory
{
    /// <summary>The largest number of bytes: 2³⁷, 128 GB.</summary>
    public const long MostBytes = 1L << 37;

    private readonly Array _owner;

    private PixelMemory(Array owner, long length) => (_owner, Length) = (owner, length);

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    /// <summary>The first byte. It is valid only while this object is reachable.</summary>
    public unsafe byte* Pointer => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_owner));

    /// <summary>Takes over an array in the pinned object heap.</summary>
    /// <param name="pinned">The array.</param>
    /// <returns>Its bytes.</returns>
    public static PixelMemory Of(byte[] pinned) => new(pinned, pinned.Length);

    /// <summary>Allocates memory. Its bytes are not cleared.</summary>
    /// <param name="length">Number of bytes, at most <see cref="MostBytes"/>.</param>
    /// <returns>The memory.</returns>
    public static PixelMemory Allocate(long length) => length <= Array.MaxLength
        ? Of(GC.AllocateUninitializedArray<byte>((int)length, pinned: true))
        : new PixelMemory(GC.AllocateUninitializedArray<Block>(checked((int)((length + Block.Length - 1) / Block.Length)), pinned: true), length);

    /// <summary>Some of the bytes. The span keeps the memory alive.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="length">How many.</param>
    /// <returns>The bytes.</returns>
    public Span<byte> Slice(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        return MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_owner), (nint)start), length);
    }

    /// <summary>Writes all bytes to a stream.</summary>
    /// <param name="target">The stream.</param>
    public void CopyTo(Stream target)
    {
        const int Piece = 1 << 30;
        for (long at = 0; at < Length; at += Piece)
        {
            target.Write(Slice(at, (int)Math.Min(Piece, Length - at)));
        }
    }

    [InlineArray(Length)]
    private struct Block
    {
        public const int Length = 64;

        private byte _first;
    }
}
