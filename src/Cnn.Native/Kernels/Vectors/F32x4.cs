using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

/// <summary>
/// Four floats in operations that .NET translates for any processor: AdvSimd on Arm, with 32 registers; on x64, with sixteen, only tests run it.
/// </summary>
internal readonly unsafe struct F32x4(Vector128<float> lanes) : IVector<F32x4>
{
    private readonly Vector128<float> _lanes = lanes;

    /// <inheritdoc/>
    public static string Name => "vector128";

    /// <inheritdoc/>
    public static bool IsSupported => AdvSimd.IsSupported || Fma.IsSupported;

    /// <inheritdoc/>
    public static int Count => 4;

    /// <inheritdoc/>
    public static int WideRows => AdvSimd.IsSupported ? 12 : 6;

    /// <inheritdoc/>
    public static KernelSet? Narrower => null;

    /// <inheritdoc/>
    public static F32x4 Zero => default;

    /// <inheritdoc/>
    public static F32x4 One => new(Vector128<float>.One);

    /// <inheritdoc/>
    public static F32x4 Indices => new(Vector128<float>.Indices);

    /// <inheritdoc/>
    public static F32x4 IndicesInt32 => new(Vector128<int>.Indices.AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Create(float value) => new(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 CreatePair(float* source) => new(Vector128.Create(*(double*)source).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 SumPairs(F32x4 value) => new(
        Vector128.Shuffle(value._lanes, Vector128.Create(0, 2, 0, 2))
        + Vector128.Shuffle(value._lanes, Vector128.Create(1, 3, 1, 3)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 CreateInt32(int value) => new(Vector128.Create(value).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Load(float* source) => new(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 MultiplyAdd(F32x4 x, F32x4 y, F32x4 z) => new(Vector128.FusedMultiplyAdd(x._lanes, y._lanes, z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 MultiplyAddNegated(F32x4 x, F32x4 y, F32x4 z) => new(Vector128.FusedMultiplyAdd(-x._lanes, y._lanes, z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 MultiplySubtract(F32x4 x, F32x4 y, F32x4 z) => new(Vector128.FusedMultiplyAdd(x._lanes, y._lanes, -z._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(F32x4 value) => Vector128.Sum(value._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Abs(F32x4 x) => new(Vector128.Abs(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 SquareRoot(F32x4 x) => new(Vector128.Sqrt(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Floor(F32x4 x) => new(Vector128.Floor(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Round(F32x4 x) => new(Vector128.Round(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 GreaterThan(F32x4 x, F32x4 y) => new(Vector128.GreaterThan(x._lanes, y._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 IsNaN(F32x4 x) => new(Vector128.IsNaN(x._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Select(F32x4 mask, F32x4 set, F32x4 other) => new(Vector128.ConditionalSelect(mask._lanes, set._lanes, other._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 SelectBySign(F32x4 x, F32x4 negative, F32x4 other) => new(Vector128.ConditionalSelect(Vector128.LessThan(x._lanes.AsInt32(), Vector128<int>.Zero).AsSingle(), negative._lanes, other._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 AndNot(F32x4 mask, F32x4 value) => new(Vector128.AndNot(value._lanes, mask._lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 ToInt32(F32x4 x) => new(Vector128.ConvertToInt32Native(x._lanes).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 FromInt32(F32x4 x) => new(Vector128.ConvertToSingle(x._lanes.AsInt32()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 AddInt32(F32x4 x, F32x4 y) => new((x._lanes.AsInt32() + y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 MultiplyInt32(F32x4 x, F32x4 y) => new((x._lanes.AsInt32() * y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 GreaterThanInt32(F32x4 x, F32x4 y) => new(Vector128.GreaterThan(x._lanes.AsInt32(), y._lanes.AsInt32()).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 ShiftLeft(F32x4 x, [ConstantExpected] byte bits) => new((x._lanes.AsInt32() << bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 ShiftRight(F32x4 x, [ConstantExpected] byte bits) => new((x._lanes.AsInt32() >>> bits).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Mask(int lanes) => new(Vector128.GreaterThan(Vector128.Create(lanes), Vector128<int>.Indices).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 LoadBytes(byte* source) => new(Vector128.Create((float)source[0], source[1], source[2], source[3]));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Gather(int* source, F32x4 indexInt32) => new(Vector128.Create(
        source[indexInt32._lanes.AsInt32()[0]],
        source[indexInt32._lanes.AsInt32()[1]],
        source[indexInt32._lanes.AsInt32()[2]],
        source[indexInt32._lanes.AsInt32()[3]]).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 MaxElseSecond(F32x4 first, F32x4 second) => Select(GreaterThan(first, second), first, second);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 MinElseSecond(F32x4 first, F32x4 second) => Select(GreaterThan(second, first), first, second);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CountNonzeros(F32x4 values) => 4 - BitOperations.PopCount(Vector128.Equals(values._lanes, Vector128<float>.Zero).ExtractMostSignificantBits());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _lanes.Store(target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator +(F32x4 x, F32x4 y) => new(x._lanes + y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator -(F32x4 x, F32x4 y) => new(x._lanes - y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator *(F32x4 x, F32x4 y) => new(x._lanes * y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator /(F32x4 x, F32x4 y) => new(x._lanes / y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator &(F32x4 x, F32x4 y) => new(x._lanes & y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator |(F32x4 x, F32x4 y) => new(x._lanes | y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 operator ^(F32x4 x, F32x4 y) => new(x._lanes ^ y._lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32x4 Load(float* source, F32x4 mask) => new(Lanes(mask) switch
    {
        0 => default,
        1 => Vector128.CreateScalar(*source),
        2 => Vector128.Create(Vector64.Load(source), default),
        3 => Vector128.Create(Vector64.Load(source), Vector64.CreateScalar(source[2])),
        _ => Vector128.Load(source),
    });

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target, F32x4 mask)
    {
        int lanes = Lanes(mask);
        if (lanes == 4)
        {
            _lanes.Store(target);
            return;
        }

        if (lanes >= 2)
        {
            _lanes.GetLower().Store(target);
        }

        if (lanes is 1 or 3)
        {
            target[lanes - 1] = _lanes[lanes - 1];
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CompressNonzeros(F32x4 values, F32x4 companionsInt32, float* targetValues, int* targetCompanions)
    {
        // Every lane is written to the position of the next lane that is not 0: the last one written stays.
        int count = 0;
        for (int lane = 0; lane < 4; lane++)
        {
            float value = values._lanes[lane];
            targetValues[count] = value;
            targetCompanions[count] = companionsInt32._lanes.AsInt32()[lane];
            count += value != 0 ? 1 : 0;
        }

        return count;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumLanes(F32x4 v0, F32x4 v1, F32x4 v2, F32x4 v3) => Vector128.Create(
        Vector128.Sum(v0._lanes), Vector128.Sum(v1._lanes), Vector128.Sum(v2._lanes), Vector128.Sum(v3._lanes));

    /// <inheritdoc/>
    public static void Transpose(float* source, nint sourceRow, float* target, nint targetRow)
    {
        for (int row = 0; row < 4; row++)
        {
            float* column = source + row;
            Vector128.Create(*column, column[sourceRow], column[2 * sourceRow], column[3 * sourceRow]).Store(target + (row * targetRow));
        }
    }

    /// <summary>The number of lanes of a mask that are set: there are no masked loads and stores here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Lanes(F32x4 mask) => BitOperations.PopCount(mask._lanes.ExtractMostSignificantBits());
}
