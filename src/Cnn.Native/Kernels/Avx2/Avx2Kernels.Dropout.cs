using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// Each value's random bits are mixed from its own index, so eight values need nothing of those before them.
internal sealed unsafe partial class Avx2Kernels
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Dropout(int count, ulong key, uint threshold, float scale, float* source, float* target)
    {
        Vector256<float> factor = Vector256.Create(scale);
        Vector256<uint> low = Vector256.Create((uint)key) + Vector256<uint>.Indices;
        Vector256<uint> high = Vector256.Create((uint)(key >> 32));

        // 24 bits are positive as signed integers too, and those are what AVX2 compares.
        Vector256<int> below = Vector256.Create((int)threshold);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> mask = Mask(count - i);
            Vector256<uint> bits = MixBits(MixBits(low + Vector256.Create((uint)i)) ^ high);
            Vector256<float> isDropped = Avx2.CompareGreaterThan(below, Avx2.ShiftRightLogical(bits, 8).AsInt32()).AsSingle();
            Avx.MaskStore(target + i, mask, Avx.AndNot(isDropped, Avx.MaskLoad(source + i, mask) * factor));
        }
    }

    /// <summary>lowbias32, as in the specification.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> MixBits(Vector256<uint> x)
    {
        x = (x ^ Avx2.ShiftRightLogical(x, 16)) * Vector256.Create(0x7FEB352Du);
        x = (x ^ Avx2.ShiftRightLogical(x, 15)) * Vector256.Create(0x846CA68Bu);
        return x ^ Avx2.ShiftRightLogical(x, 16);
    }
}
