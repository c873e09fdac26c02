using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Each value's random bits are mixed from its index, so no value depends on those before it.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Dropout(int count, ulong key, uint threshold, float scale, float* source, float* target)
    {
        V factor = V.Create(scale);
        V low = V.AddInt32(V.CreateInt32((int)(uint)key), V.IndicesInt32);
        V high = V.CreateInt32((int)(uint)(key >> 32));

        // 24 bits are positive as signed integers too, and vectors compare signed integers.
        V below = V.CreateInt32((int)threshold);
        for (int i = 0; i < count; i += V.Count)
        {
            V mask = V.Mask(count - i);
            V bits = MixBits(MixBits(V.AddInt32(low, V.CreateInt32(i))) ^ high);
            V isDropped = V.GreaterThanInt32(below, V.ShiftRight(bits, 8));
            V.AndNot(isDropped, V.Load(source + i, mask) * factor).Store(target + i, mask);
        }
    }

    /// <summary>lowbias32, as in the specification.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V MixBits(V x)
    {
        x = V.MultiplyInt32(x ^ V.ShiftRight(x, 16), V.CreateInt32(0x7FEB352D));
        x = V.MultiplyInt32(x ^ V.ShiftRight(x, 15), V.CreateInt32(unchecked((int)0x846CA68B)));
        return x ^ V.ShiftRight(x, 16);
    }
}
