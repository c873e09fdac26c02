using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Cnn.Memory;

namespace Cnn.Kernels;

/// <summary>Eight floats in the registers of AVX2 with FMA, of which there are sixteen.</summary>
internal readonly unsafe struct F32x8(Vector256<float> lanes) : IVector<F32x8>
{
    /// <summary>
    /// For each mask of eight lanes, the indices of its set lanes side by side, one byte each: the permutation that moves these lanes to the front.
    /// </summary>
    private static readonly NativeBuffer<ulong> Compactions = MakeCompactions();

    private readonly Vector256<float> _lanes = lanes;

    /// <summary>Ones followed by zeros: a vector from position count − n on is a mask whose first n lanes are set.</summary>
    private static ReadOnlySpan<int> MaskSource => [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <inheritdoc/>
    public static string Name => "avx2";

    /// <inheritdoc/>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <inheritdoc/>
    public static int Count => 8;

    /// <inheritdoc/>
    public static int WideRows => 6;

    /// <inheritdoc/>
    public static KernelSet? Narrower => null;

    /// <inheritdoc/>
    public static F32x8 Zero => default;

    /// <inheritdoc/>
    public static F32x8 One => new(Vector256<float>.One);

    /// <inheritdoc/>
    public static F32x8 Indices => new(Vector256<float>.Indices);

    /// <inheritdoc/>
    public static F32x8 IndicesInt32 => new(Vector256<int>.Indices.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Create(float value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 CreatePair(float* source) => new(Vector256.Create(*(double*)source).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 SumPairs(F32x8 value) => new(
        Vector256.Shuffle(value._lanes, Vector256.Create(0, 2, 4, 6, 0, 2, 4, 6))
        + Vector256.Shuffle(value._lanes, Vector256.Create(1, 3, 5, 7, 1, 3, 5, 7)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 CreateInt32(int value) => new(Vector256.Create(value).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Load(float* source) => new(Vector256.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 MultiplyAdd(F32x8 x, F32x8 y, F32x8 z) => new(Fma.MultiplyAdd(x._lanes, y._lanes, z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 MultiplyAddNegated(F32x8 x, F32x8 y, F32x8 z) => new(Fma.MultiplyAddNegated(x._lanes, y._lanes, z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 MultiplySubtract(F32x8 x, F32x8 y, F32x8 z) => new(Fma.MultiplySubtract(x._lanes, y._lanes, z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(F32x8 value) => Vector256.Sum(value._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Abs(F32x8 x) => new(Vector256.Abs(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 SquareRoot(F32x8 x) => new(Vector256.Sqrt(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Floor(F32x8 x) => new(Vector256.Floor(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Round(F32x8 x) => new(Vector256.Round(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 GreaterThan(F32x8 x, F32x8 y) => new(Avx.Compare(x._lanes, y._lanes, FloatComparisonMode.OrderedGreaterThanNonSignaling));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 IsNaN(F32x8 x) => new(Avx.CompareUnordered(x._lanes, x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Select(F32x8 mask, F32x8 set, F32x8 other) => new(Avx.BlendVariable(other._lanes, set._lanes, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 SelectBySign(F32x8 x, F32x8 negative, F32x8 other) => new(Avx.BlendVariable(other._lanes, negative._lanes, x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 AndNot(F32x8 mask, F32x8 value) => new(Vector256.AndNot(value._lanes, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 ToInt32(F32x8 x) => new(Avx.ConvertToVector256Int32(x._lanes).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 FromInt32(F32x8 x) => new(Vector256.ConvertToSingle(x._lanes.AsInt32()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 AddInt32(F32x8 x, F32x8 y) => new((x._lanes.AsInt32() + y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 MultiplyInt32(F32x8 x, F32x8 y) => new((x._lanes.AsInt32() * y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 GreaterThanInt32(F32x8 x, F32x8 y) => new(Vector256.GreaterThan(x._lanes.AsInt32(), y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 ShiftLeft(F32x8 x, [ConstantExpected] byte bits) => new((x._lanes.AsInt32() << bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 ShiftRight(F32x8 x, [ConstantExpected] byte bits) => new((x._lanes.AsInt32() >>> bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Mask(int lanes) => new(Vector256.LoadUnsafe(ref Unsafe.AsRef(in MaskSource[8 - Math.Clamp(lanes, 0, 8)])).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Load(float* source, F32x8 mask) => new(Avx.MaskLoad(source, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 LoadBytes(byte* source) => new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 Gather(int* source, F32x8 indexInt32) => new(Avx2.GatherVector256(source, indexInt32._lanes.AsInt32(), sizeof(int)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 MaxElseSecond(F32x8 first, F32x8 second) => new(Avx.Max(first._lanes, second._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 MinElseSecond(F32x8 first, F32x8 second) => new(Avx.Min(first._lanes, second._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountNonzeros(F32x8 values) => int.PopCount(Avx.MoveMask(Avx.CompareNotEqual(values._lanes, Vector256<float>.Zero)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _lanes.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator +(F32x8 x, F32x8 y) => new(x._lanes + y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator -(F32x8 x, F32x8 y) => new(x._lanes - y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator *(F32x8 x, F32x8 y) => new(x._lanes * y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator /(F32x8 x, F32x8 y) => new(x._lanes / y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator &(F32x8 x, F32x8 y) => new(x._lanes & y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator |(F32x8 x, F32x8 y) => new(x._lanes | y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x8 operator ^(F32x8 x, F32x8 y) => new(x._lanes ^ y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target, F32x8 mask) => Avx.MaskStore(target, mask._lanes, _lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CompressNonzeros(F32x8 values, F32x8 companionsInt32, float* targetValues, int* targetCompanions)
    {
        int nonzero = Avx.MoveMask(Avx.CompareNotEqual(values._lanes, Vector256<float>.Zero));
        Vector256<int> order = Avx2.ConvertToVector256Int32((byte*)(Compactions.Pointer + nonzero));
        Avx2.PermuteVar8x32(values._lanes, order).Store(targetValues);
        Avx2.PermuteVar8x32(companionsInt32._lanes.AsInt32(), order).Store(targetCompanions);
        return int.PopCount(nonzero);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumLanes(F32x8 v0, F32x8 v1, F32x8 v2, F32x8 v3)
    {
        Vector256<float> quarters = Avx.HorizontalAdd(Avx.HorizontalAdd(v0._lanes, v1._lanes), Avx.HorizontalAdd(v2._lanes, v3._lanes));
        return quarters.GetLower() + quarters.GetUpper();
    }

    /// <inheritdoc/>
    public static void Transpose(float* source, nint sourceRow, float* target, nint targetRow)
    {
        // Pairs, then quarters, then halves are swapped.
        Vector256<float> r0 = Vector256.Load(source);
        Vector256<float> r1 = Vector256.Load(source + sourceRow);
        Vector256<float> r2 = Vector256.Load(source + (2 * sourceRow));
        Vector256<float> r3 = Vector256.Load(source + (3 * sourceRow));
        Vector256<float> r4 = Vector256.Load(source + (4 * sourceRow));
        Vector256<float> r5 = Vector256.Load(source + (5 * sourceRow));
        Vector256<float> r6 = Vector256.Load(source + (6 * sourceRow));
        Vector256<float> r7 = Vector256.Load(source + (7 * sourceRow));
        Vector256<float> p0 = Avx.UnpackLow(r0, r1);
        Vector256<float> p1 = Avx.UnpackHigh(r0, r1);
        Vector256<float> p2 = Avx.UnpackLow(r2, r3);
        Vector256<float> p3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> p4 = Avx.UnpackLow(r4, r5);
        Vector256<float> p5 = Avx.UnpackHigh(r4, r5);
        Vector256<float> p6 = Avx.UnpackLow(r6, r7);
        Vector256<float> p7 = Avx.UnpackHigh(r6, r7);
        r0 = Avx.Shuffle(p0, p2, 0x44);
        r1 = Avx.Shuffle(p0, p2, 0xEE);
        r2 = Avx.Shuffle(p1, p3, 0x44);
        r3 = Avx.Shuffle(p1, p3, 0xEE);
        r4 = Avx.Shuffle(p4, p6, 0x44);
        r5 = Avx.Shuffle(p4, p6, 0xEE);
        r6 = Avx.Shuffle(p5, p7, 0x44);
        r7 = Avx.Shuffle(p5, p7, 0xEE);
        Avx.Permute2x128(r0, r4, 0x20).Store(target);
        Avx.Permute2x128(r1, r5, 0x20).Store(target + targetRow);
        Avx.Permute2x128(r2, r6, 0x20).Store(target + (2 * targetRow));
        Avx.Permute2x128(r3, r7, 0x20).Store(target + (3 * targetRow));
        Avx.Permute2x128(r0, r4, 0x31).Store(target + (4 * targetRow));
        Avx.Permute2x128(r1, r5, 0x31).Store(target + (5 * targetRow));
        Avx.Permute2x128(r2, r6, 0x31).Store(target + (6 * targetRow));
        Avx.Permute2x128(r3, r7, 0x31).Store(target + (7 * targetRow));
    }

    private static NativeBuffer<ulong> MakeCompactions()
    {
        var table = new NativeBuffer<ulong>(256);
        Span<ulong> entries = table.Span(0, 256);
        for (int mask = 0; mask < entries.Length; mask++)
        {
            int place = 0;
            for (int lane = 0; lane < 8; lane++)
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
