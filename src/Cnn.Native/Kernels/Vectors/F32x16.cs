using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

/// <summary>Sixteen floats in the registers of AVX-512, of which there are 32.</summary>
internal readonly unsafe struct F32x16(Vector512<float> lanes) : IVector<F32x16>
{
    private readonly Vector512<float> _lanes = lanes;

    /// <summary>Ones followed by zeros: a vector from position count − n on is a mask whose first n lanes are set.</summary>
    private static ReadOnlySpan<int> MaskSource => [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <inheritdoc/>
    public static string Name => "avx512";

    /// <inheritdoc/>
    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512F.IsSupported && F32x8.IsSupported;

    /// <inheritdoc/>
    public static int Count => 16;

    /// <inheritdoc/>
    public static int WideRows => 12;

    /// <inheritdoc/>
    public static KernelSet? Narrower => VectorKernels<F32x8>.Instance;

    /// <inheritdoc/>
    public static F32x16 Zero => default;

    /// <inheritdoc/>
    public static F32x16 One => new(Vector512<float>.One);

    /// <inheritdoc/>
    public static F32x16 Indices => new(Vector512<float>.Indices);

    /// <inheritdoc/>
    public static F32x16 IndicesInt32 => new(Vector512<int>.Indices.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Create(float value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 CreatePair(float* source) => new(Vector512.Create(*(double*)source).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 SumPairs(F32x16 value) => new(
        Vector512.Shuffle(value._lanes, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14))
        + Vector512.Shuffle(value._lanes, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 1, 3, 5, 7, 9, 11, 13, 15)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 CreateInt32(int value) => new(Vector512.Create(value).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Load(float* source) => new(Vector512.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 MultiplyAdd(F32x16 x, F32x16 y, F32x16 z) => new(Avx512F.FusedMultiplyAdd(x._lanes, y._lanes, z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 MultiplyAddNegated(F32x16 x, F32x16 y, F32x16 z) => new(Avx512F.FusedMultiplyAddNegated(x._lanes, y._lanes, z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 MultiplySubtract(F32x16 x, F32x16 y, F32x16 z) => new(Avx512F.FusedMultiplySubtract(x._lanes, y._lanes, z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(F32x16 value) => Vector512.Sum(value._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Abs(F32x16 x) => new(Vector512.Abs(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 SquareRoot(F32x16 x) => new(Vector512.Sqrt(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Floor(F32x16 x) => new(Vector512.Floor(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Round(F32x16 x) => new(Vector512.Round(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 GreaterThan(F32x16 x, F32x16 y) => new(Vector512.GreaterThan(x._lanes, y._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 IsNaN(F32x16 x) => new(Vector512.IsNaN(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Select(F32x16 mask, F32x16 set, F32x16 other) => new(Vector512.ConditionalSelect(mask._lanes, set._lanes, other._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 SelectBySign(F32x16 x, F32x16 negative, F32x16 other) => new(Vector512.ConditionalSelect(Vector512.LessThan(x._lanes.AsInt32(), Vector512<int>.Zero).AsSingle(), negative._lanes, other._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 AndNot(F32x16 mask, F32x16 value) => new(Vector512.AndNot(value._lanes, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 ToInt32(F32x16 x) => new(Avx512F.ConvertToVector512Int32(x._lanes).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 FromInt32(F32x16 x) => new(Vector512.ConvertToSingle(x._lanes.AsInt32()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 AddInt32(F32x16 x, F32x16 y) => new((x._lanes.AsInt32() + y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 MultiplyInt32(F32x16 x, F32x16 y) => new((x._lanes.AsInt32() * y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 GreaterThanInt32(F32x16 x, F32x16 y) => new(Vector512.GreaterThan(x._lanes.AsInt32(), y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 ShiftLeft(F32x16 x, [ConstantExpected] byte bits) => new((x._lanes.AsInt32() << bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 ShiftRight(F32x16 x, [ConstantExpected] byte bits) => new((x._lanes.AsInt32() >>> bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Mask(int lanes) => new(Vector512.LoadUnsafe(ref Unsafe.AsRef(in MaskSource[16 - Math.Clamp(lanes, 0, 16)])).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Load(float* source, F32x16 mask) => new(Avx512F.MaskLoad(source, mask._lanes, Vector512<float>.Zero));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 LoadBytes(byte* source) => new(Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(source))));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 Gather(int* source, F32x16 indexInt32) => new(Vector512.Create(
        Avx2.GatherVector256(source, indexInt32._lanes.AsInt32().GetLower(), sizeof(int)),
        Avx2.GatherVector256(source, indexInt32._lanes.AsInt32().GetUpper(), sizeof(int))).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 MaxElseSecond(F32x16 first, F32x16 second) => new(Avx512F.Max(first._lanes, second._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 MinElseSecond(F32x16 first, F32x16 second) => new(Avx512F.Min(first._lanes, second._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountNonzeros(F32x16 values) => 16 - BitOperations.PopCount(Vector512.Equals(values._lanes, Vector512<float>.Zero).ExtractMostSignificantBits());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _lanes.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator +(F32x16 x, F32x16 y) => new(x._lanes + y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator -(F32x16 x, F32x16 y) => new(x._lanes - y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator *(F32x16 x, F32x16 y) => new(x._lanes * y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator /(F32x16 x, F32x16 y) => new(x._lanes / y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator &(F32x16 x, F32x16 y) => new(x._lanes & y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator |(F32x16 x, F32x16 y) => new(x._lanes | y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x16 operator ^(F32x16 x, F32x16 y) => new(x._lanes ^ y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target, F32x16 mask) => Avx512F.MaskStore(target, mask._lanes, _lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CompressNonzeros(F32x16 values, F32x16 companionsInt32, float* targetValues, int* targetCompanions)
    {
        Vector512<float> isNonzero = ~Vector512.Equals(values._lanes, Vector512<float>.Zero);
        Avx512F.Compress(Vector512<float>.Zero, isNonzero, values._lanes).Store(targetValues);
        Avx512F.Compress(Vector512<int>.Zero, isNonzero.AsInt32(), companionsInt32._lanes.AsInt32()).Store(targetCompanions);
        return BitOperations.PopCount(isNonzero.ExtractMostSignificantBits());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumLanes(F32x16 v0, F32x16 v1, F32x16 v2, F32x16 v3) =>
        F32x8.SumLanes(Halves(v0), Halves(v1), Halves(v2), Halves(v3));

    /// <inheritdoc/>
    public static void Transpose(float* source, nint sourceRow, float* target, nint targetRow)
    {
        // Four blocks of 8 × 8, of which two are swapped.
        F32x8.Transpose(source, sourceRow, target, targetRow);
        F32x8.Transpose(source + 8, sourceRow, target + (8 * targetRow), targetRow);
        F32x8.Transpose(source + (8 * sourceRow), sourceRow, target + 8, targetRow);
        F32x8.Transpose(source + (8 * sourceRow) + 8, sourceRow, target + (8 * targetRow) + 8, targetRow);
    }

    /// <summary>The sum of both halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static F32x8 Halves(F32x16 value) => new(value._lanes.GetLower() + value._lanes.GetUpper());
}
