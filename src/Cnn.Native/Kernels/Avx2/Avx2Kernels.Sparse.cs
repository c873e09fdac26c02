using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Cnn.Memory;

namespace Cnn.Kernels;

// What comes back through max pooling has at most one non-zero in a window, and ReLU zeroes more. So the gradients of a convolution
// look first at how many of the output's gradients are zero. Where most are, the others are collected into lists of
// (value, offset), and a run of a result is the sum of value · run of the source at offset: no product with zero is made.
internal sealed unsafe partial class Avx2Kernels
{
    /// <summary>Vectors of a run that are summed at a time.</summary>
    private const int RunVectors = 12;

    /// <summary>
    /// For each mask of eight lanes, the numbers of its set lanes side by side, a byte each:
    /// the permutation that brings these lanes to the front.
    /// </summary>
    private static readonly NativeBuffer<ulong> Compactions = MakeCompactions();

    /// <summary>Whether so few of the gradients are not zero that lists are faster than dense products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool IsSparse(float* gradients, int count)
    {
        int nonzeros = 0;
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> value = Avx.MaskLoad(gradients + i, Mask(count - i));
            nonzeros += int.PopCount(Avx.MoveMask(Avx.CompareNotEqual(value, Vector256<float>.Zero)));
        }

        return nonzeros < count / 2;
    }

    /// <summary>
    /// Appends the values that are not zero, each with its offset, to a list. Eight values are looked at together, the last ones
    /// under a mask; whole vectors are written, so the list has room for seven more.
    /// </summary>
    /// <returns>The length of the list.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AppendNonzeros(float* source, int* sourceOffsets, int shift, int count, ulong* compactions, float* values, int* offsets, int length)
    {
        Vector256<int> shifts = Vector256.Create(shift);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> mask = Mask(count - i);
            Vector256<float> value = Avx.MaskLoad(source + i, mask);
            Vector256<int> offset = Avx2.MaskLoad(sourceOffsets + i, mask.AsInt32()) + shifts;
            int nonzero = Avx.MoveMask(Avx.CompareNotEqual(value, Vector256<float>.Zero));
            Vector256<int> order = Avx2.ConvertToVector256Int32((byte*)(compactions + nonzero));
            Avx2.PermuteVar8x32(value, order).Store(values + length);
            Avx2.PermuteVar8x32(offset, order).Store(offsets + length);
            length += int.PopCount(nonzero);
        }

        return length;
    }

    /// <summary>target[0 .. floats) += Σ values[i] · source[offsets[i] .. offsets[i] + floats), at most <see cref="RunVectors"/> vectors at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRuns(int count, float* values, int* offsets, float* source, float* target, int floats)
    {
        for (int piece = 0; piece < floats; piece += RunVectors * Lanes)
        {
            int rest = Math.Min(RunVectors * Lanes, floats - piece);
            if (rest % Lanes == 0)
            {
                AddRuns<WholeColumns>(rest / Lanes, default, count, values, offsets, source + piece, target + piece);
            }
            else
            {
                AddRuns<SomeColumns>((rest / Lanes) + 1, Mask(rest % Lanes), count, values, offsets, source + piece, target + piece);
            }
        }
    }

    private static void AddRuns<TLast>(int vectors, Vector256<float> mask, int count, float* values, int* offsets, float* source, float* target)
        where TLast : IColumns
    {
        switch (vectors)
        {
            case 1: ShortRun<Rows1, TLast>(mask, count, values, offsets, source, target); break;
            case 2: ShortRun<Rows2, TLast>(mask, count, values, offsets, source, target); break;
            case 3: ShortRun<Rows3, TLast>(mask, count, values, offsets, source, target); break;
            case 4: ShortRun<Rows4, TLast>(mask, count, values, offsets, source, target); break;
            case 5: ShortRun<Rows5, TLast>(mask, count, values, offsets, source, target); break;
            case 6: ShortRun<Rows6, TLast>(mask, count, values, offsets, source, target); break;
            case 7: LongRun<Rows7, TLast>(mask, count, values, offsets, source, target); break;
            case 8: LongRun<Rows8, TLast>(mask, count, values, offsets, source, target); break;
            case 9: LongRun<Rows9, TLast>(mask, count, values, offsets, source, target); break;
            case 10: LongRun<Rows10, TLast>(mask, count, values, offsets, source, target); break;
            case 11: LongRun<Rows11, TLast>(mask, count, values, offsets, source, target); break;
            default: LongRun<Rows12, TLast>(mask, count, values, offsets, source, target); break;
        }
    }

    /// <summary>
    /// A run of up to 6 vectors. Two sets of 6 sums, of the even and of the odd items, since 6 alone would not hide the latency of an FMA;
    /// one broadcast value; the source is an operand in memory. Only the last vector is under a mask.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ShortRun<TVectors, TLast>(Vector256<float> mask, int count, float* values, int* offsets, float* source, float* target)
        where TVectors : IRowCount
        where TLast : IColumns
    {
        Vector256<float> c0 = LoadRun<TVectors, TLast>(0, target, mask);
        Vector256<float> c1 = LoadRun<TVectors, TLast>(1, target, mask);
        Vector256<float> c2 = LoadRun<TVectors, TLast>(2, target, mask);
        Vector256<float> c3 = LoadRun<TVectors, TLast>(3, target, mask);
        Vector256<float> c4 = LoadRun<TVectors, TLast>(4, target, mask);
        Vector256<float> c5 = LoadRun<TVectors, TLast>(5, target, mask);
        Vector256<float> d0 = default;
        Vector256<float> d1 = default;
        Vector256<float> d2 = default;
        Vector256<float> d3 = default;
        Vector256<float> d4 = default;
        Vector256<float> d5 = default;
        int i = 0;
        for (; i <= count - 2; i += 2)
        {
            float* even = source + offsets[i];
            float* odd = source + offsets[i + 1];
            Vector256<float> x = Vector256.Create(values[i]);
            Vector256<float> y = Vector256.Create(values[i + 1]);
            c0 = AddVector<TVectors, TLast>(0, x, even, mask, c0);
            d0 = AddVector<TVectors, TLast>(0, y, odd, mask, d0);
            c1 = AddVector<TVectors, TLast>(1, x, even, mask, c1);
            d1 = AddVector<TVectors, TLast>(1, y, odd, mask, d1);
            c2 = AddVector<TVectors, TLast>(2, x, even, mask, c2);
            d2 = AddVector<TVectors, TLast>(2, y, odd, mask, d2);
            c3 = AddVector<TVectors, TLast>(3, x, even, mask, c3);
            d3 = AddVector<TVectors, TLast>(3, y, odd, mask, d3);
            c4 = AddVector<TVectors, TLast>(4, x, even, mask, c4);
            d4 = AddVector<TVectors, TLast>(4, y, odd, mask, d4);
            c5 = AddVector<TVectors, TLast>(5, x, even, mask, c5);
            d5 = AddVector<TVectors, TLast>(5, y, odd, mask, d5);
        }

        if (i < count)
        {
            float* even = source + offsets[i];
            Vector256<float> x = Vector256.Create(values[i]);
            c0 = AddVector<TVectors, TLast>(0, x, even, mask, c0);
            c1 = AddVector<TVectors, TLast>(1, x, even, mask, c1);
            c2 = AddVector<TVectors, TLast>(2, x, even, mask, c2);
            c3 = AddVector<TVectors, TLast>(3, x, even, mask, c3);
            c4 = AddVector<TVectors, TLast>(4, x, even, mask, c4);
            c5 = AddVector<TVectors, TLast>(5, x, even, mask, c5);
        }

        StoreRun<TVectors, TLast>(0, target, mask, c0 + d0);
        StoreRun<TVectors, TLast>(1, target, mask, c1 + d1);
        StoreRun<TVectors, TLast>(2, target, mask, c2 + d2);
        StoreRun<TVectors, TLast>(3, target, mask, c3 + d3);
        StoreRun<TVectors, TLast>(4, target, mask, c4 + d4);
        StoreRun<TVectors, TLast>(5, target, mask, c5 + d5);
    }

    /// <summary>A run of 7 to 12 vectors: a sum each, one broadcast value; the source is an operand in memory. Only the last vector is under a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LongRun<TVectors, TLast>(Vector256<float> mask, int count, float* values, int* offsets, float* source, float* target)
        where TVectors : IRowCount
        where TLast : IColumns
    {
        Vector256<float> c0 = LoadRun<TVectors, TLast>(0, target, mask);
        Vector256<float> c1 = LoadRun<TVectors, TLast>(1, target, mask);
        Vector256<float> c2 = LoadRun<TVectors, TLast>(2, target, mask);
        Vector256<float> c3 = LoadRun<TVectors, TLast>(3, target, mask);
        Vector256<float> c4 = LoadRun<TVectors, TLast>(4, target, mask);
        Vector256<float> c5 = LoadRun<TVectors, TLast>(5, target, mask);
        Vector256<float> c6 = LoadRun<TVectors, TLast>(6, target, mask);
        Vector256<float> c7 = LoadRun<TVectors, TLast>(7, target, mask);
        Vector256<float> c8 = LoadRun<TVectors, TLast>(8, target, mask);
        Vector256<float> c9 = LoadRun<TVectors, TLast>(9, target, mask);
        Vector256<float> c10 = LoadRun<TVectors, TLast>(10, target, mask);
        Vector256<float> c11 = LoadRun<TVectors, TLast>(11, target, mask);
        for (int i = 0; i < count; i++)
        {
            float* item = source + offsets[i];
            Vector256<float> x = Vector256.Create(values[i]);
            c0 = AddVector<TVectors, TLast>(0, x, item, mask, c0);
            c1 = AddVector<TVectors, TLast>(1, x, item, mask, c1);
            c2 = AddVector<TVectors, TLast>(2, x, item, mask, c2);
            c3 = AddVector<TVectors, TLast>(3, x, item, mask, c3);
            c4 = AddVector<TVectors, TLast>(4, x, item, mask, c4);
            c5 = AddVector<TVectors, TLast>(5, x, item, mask, c5);
            c6 = AddVector<TVectors, TLast>(6, x, item, mask, c6);
            c7 = AddVector<TVectors, TLast>(7, x, item, mask, c7);
            c8 = AddVector<TVectors, TLast>(8, x, item, mask, c8);
            c9 = AddVector<TVectors, TLast>(9, x, item, mask, c9);
            c10 = AddVector<TVectors, TLast>(10, x, item, mask, c10);
            c11 = AddVector<TVectors, TLast>(11, x, item, mask, c11);
        }

        StoreRun<TVectors, TLast>(0, target, mask, c0);
        StoreRun<TVectors, TLast>(1, target, mask, c1);
        StoreRun<TVectors, TLast>(2, target, mask, c2);
        StoreRun<TVectors, TLast>(3, target, mask, c3);
        StoreRun<TVectors, TLast>(4, target, mask, c4);
        StoreRun<TVectors, TLast>(5, target, mask, c5);
        StoreRun<TVectors, TLast>(6, target, mask, c6);
        StoreRun<TVectors, TLast>(7, target, mask, c7);
        StoreRun<TVectors, TLast>(8, target, mask, c8);
        StoreRun<TVectors, TLast>(9, target, mask, c9);
        StoreRun<TVectors, TLast>(10, target, mask, c10);
        StoreRun<TVectors, TLast>(11, target, mask, c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LoadRun<TVectors, TLast>(int vector, float* run, Vector256<float> mask)
        where TVectors : IRowCount
        where TLast : IColumns
    {
        if (vector >= TVectors.Value)
        {
            return default;
        }

        return vector == TVectors.Value - 1 ? TLast.Load(run + (vector * Lanes), mask) : Vector256.Load(run + (vector * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddVector<TVectors, TLast>(int vector, Vector256<float> value, float* run, Vector256<float> mask, Vector256<float> sum)
        where TVectors : IRowCount
        where TLast : IColumns =>
        vector < TVectors.Value ? Fma.MultiplyAdd(value, LoadRun<TVectors, TLast>(vector, run, mask), sum) : sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRun<TVectors, TLast>(int vector, float* run, Vector256<float> mask, Vector256<float> sum)
        where TVectors : IRowCount
        where TLast : IColumns
    {
        if (vector == TVectors.Value - 1)
        {
            TLast.Store(run + (vector * Lanes), mask, sum);
        }
        else if (vector < TVectors.Value)
        {
            sum.Store(run + (vector * Lanes));
        }
    }

    private static NativeBuffer<ulong> MakeCompactions()
    {
        var table = new NativeBuffer<ulong>(1 << Lanes);
        Span<ulong> entries = table.Span(0, 1 << Lanes);
        for (int mask = 0; mask < entries.Length; mask++)
        {
            int place = 0;
            for (int lane = 0; lane < Lanes; lane++)
            {
                if ((mask & (1 << lane)) != 0)
                {
                    entries[mask] |= (ulong)lane << (8 * place++);
                }
            }
        }

        return table;
    }
}
