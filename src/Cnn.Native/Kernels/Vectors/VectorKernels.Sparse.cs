using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The gradient that comes back through max pooling has at most one non-zero in a window, and ReLU zeroes more. So the gradients of a convolution first count
// the zeros in the output's gradient. Where most are zero, the others are collected into lists of (value, offset), and a run of a result is the sum of value
// · run of the source at offset: no product with zero is computed.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>Vectors of a run that are summed at a time.</summary>
    private const int RunVectors = 12;

    /// <summary>
    /// Whether so few of an image's output gradients are non-zero that lists are faster: fewer than a half, or fewer than an eighth where Winograd's
    /// algorithm would do with a quarter of the dense products. A product of a list costs more than a dense one, because its source comes from memory.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool IsSparse(in ConvolutionGeometry geometry, float* gradients)
    {
        int count = geometry.OutputLength;
        int nonzeros = 0;
        for (int i = 0; i < count; i += V.Count)
        {
            V value = V.Load(gradients + i, V.Mask(count - i));
            nonzeros += V.CountNonzeros(value);
        }

        return nonzeros < count / (IsWinograd(geometry) ? 8 : 2);
    }

    /// <summary>
    /// Appends the values that are not zero, each with its offset, to a list. A vector of values is tested together, the last ones under a mask. Whole
    /// vectors are written, so the list must have room for one more vector.
    /// </summary>
    /// <returns>The length of the list.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AppendNonzeros(float* source, int* sourceOffsets, int shift, int count, float* values, int* offsets, int length)
    {
        V shifts = V.CreateInt32(shift);
        for (int i = 0; i < count; i += V.Count)
        {
            V mask = V.Mask(count - i);
            V value = V.Load(source + i, mask);
            V offset = V.AddInt32(V.Load((float*)(sourceOffsets + i), mask), shifts);
            length += V.CompressNonzeros(value, offset, values + length, offsets + length);
        }

        return length;
    }

    /// <summary>target[0 .. floats) += Σ values[i] · source[offsets[i] .. offsets[i] + floats), at most <see cref="RunVectors"/> vectors at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRuns(int count, float* values, int* offsets, float* source, float* target, int floats)
    {
        for (int piece = 0; piece < floats; piece += RunVectors * V.Count)
        {
            int rest = Math.Min(RunVectors * V.Count, floats - piece);
            if (rest % V.Count == 0)
            {
                AddRuns<WholeColumns>(rest / V.Count, default, count, values, offsets, source + piece, target + piece);
            }
            else
            {
                AddRuns<SomeColumns>((rest / V.Count) + 1, V.Mask(rest % V.Count), count, values, offsets, source + piece, target + piece);
            }
        }
    }

    private static void AddRuns<TLast>(int vectors, V mask, int count, float* values, int* offsets, float* source, float* target)
        where TLast : IColumns
    {
        switch (vectors)
        {
            case 1: Run<Constant1, TLast>(mask, count, values, offsets, source, target); break;
            case 2: Run<Constant2, TLast>(mask, count, values, offsets, source, target); break;
            case 3: Run<Constant3, TLast>(mask, count, values, offsets, source, target); break;
            case 4: Run<Constant4, TLast>(mask, count, values, offsets, source, target); break;
            case 5: Run<Constant5, TLast>(mask, count, values, offsets, source, target); break;
            case 6: Run<Constant6, TLast>(mask, count, values, offsets, source, target); break;
            case 7: Run<Constant7, TLast>(mask, count, values, offsets, source, target); break;
            case 8: Run<Constant8, TLast>(mask, count, values, offsets, source, target); break;
            case 9: Run<Constant9, TLast>(mask, count, values, offsets, source, target); break;
            case 10: Run<Constant10, TLast>(mask, count, values, offsets, source, target); break;
            case 11: Run<Constant11, TLast>(mask, count, values, offsets, source, target); break;
            default: Run<Constant12, TLast>(mask, count, values, offsets, source, target); break;
        }
    }

    /// <summary>
    /// A run of up to 12 vectors: one sum each, one broadcast value; the source is an operand in memory. Only the last vector is masked. Six sums or fewer
    /// would not hide the latency of an FMA: such a run has a second set of sums, used in turn by even and odd items.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TVectors, TLast>(V mask, int count, float* values, int* offsets, float* source, float* target)
        where TVectors : IConstant
        where TLast : IColumns
    {
        V c0 = LoadRun<TVectors, TLast>(0, target, mask);
        V c1 = LoadRun<TVectors, TLast>(1, target, mask);
        V c2 = LoadRun<TVectors, TLast>(2, target, mask);
        V c3 = LoadRun<TVectors, TLast>(3, target, mask);
        V c4 = LoadRun<TVectors, TLast>(4, target, mask);
        V c5 = LoadRun<TVectors, TLast>(5, target, mask);
        V c6 = LoadRun<TVectors, TLast>(6, target, mask);
        V c7 = LoadRun<TVectors, TLast>(7, target, mask);
        V c8 = LoadRun<TVectors, TLast>(8, target, mask);
        V c9 = LoadRun<TVectors, TLast>(9, target, mask);
        V c10 = LoadRun<TVectors, TLast>(10, target, mask);
        V c11 = LoadRun<TVectors, TLast>(11, target, mask);
        V d0 = default, d1 = default, d2 = default, d3 = default, d4 = default, d5 = default;
        int i = 0;
        if (TVectors.Value <= 6)
        {
            for (; i <= count - 2; i += 2)
            {
                float* even = source + offsets[i];
                float* odd = source + offsets[i + 1];
                V x = V.Create(values[i]);
                V y = V.Create(values[i + 1]);
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
        }

        for (; i < count; i++)
        {
            float* item = source + offsets[i];
            V x = V.Create(values[i]);
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

        StoreRun<TVectors, TLast>(0, target, mask, TVectors.Value <= 6 ? c0 + d0 : c0);
        StoreRun<TVectors, TLast>(1, target, mask, TVectors.Value <= 6 ? c1 + d1 : c1);
        StoreRun<TVectors, TLast>(2, target, mask, TVectors.Value <= 6 ? c2 + d2 : c2);
        StoreRun<TVectors, TLast>(3, target, mask, TVectors.Value <= 6 ? c3 + d3 : c3);
        StoreRun<TVectors, TLast>(4, target, mask, TVectors.Value <= 6 ? c4 + d4 : c4);
        StoreRun<TVectors, TLast>(5, target, mask, TVectors.Value <= 6 ? c5 + d5 : c5);
        StoreRun<TVectors, TLast>(6, target, mask, c6);
        StoreRun<TVectors, TLast>(7, target, mask, c7);
        StoreRun<TVectors, TLast>(8, target, mask, c8);
        StoreRun<TVectors, TLast>(9, target, mask, c9);
        StoreRun<TVectors, TLast>(10, target, mask, c10);
        StoreRun<TVectors, TLast>(11, target, mask, c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LoadRun<TVectors, TLast>(int vector, float* run, V mask)
        where TVectors : IConstant
        where TLast : IColumns
    {
        if (vector >= TVectors.Value)
        {
            return default;
        }

        return vector == TVectors.Value - 1 ? TLast.Load(run + (vector * V.Count), mask) : V.Load(run + (vector * V.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V AddVector<TVectors, TLast>(int vector, V value, float* run, V mask, V sum)
        where TVectors : IConstant
        where TLast : IColumns =>
        vector < TVectors.Value ? V.MultiplyAdd(value, LoadRun<TVectors, TLast>(vector, run, mask), sum) : sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRun<TVectors, TLast>(int vector, float* run, V mask, V sum)
        where TVectors : IConstant
        where TLast : IColumns
    {
        if (vector == TVectors.Value - 1)
        {
            TLast.Store(run + (vector * V.Count), mask, sum);
        }
        else if (vector < TVectors.Value)
        {
            sum.Store(run + (vector * V.Count));
        }
    }
}
