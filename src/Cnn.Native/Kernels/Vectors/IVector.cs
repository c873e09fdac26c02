using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;

namespace Cnn.Kernels;

/// <summary>
/// The vector operations that the kernels need: all kernels are written once in these terms, and the JIT compiles separate code for each type. A new
/// instruction set is one type that implements this interface, and one row in <see cref="KernelSelection"/>.
/// </summary>
/// <remarks>
/// A mask is a vector too: each lane has all its bits set or none. Lanes hold 32-bit integers if a member says so; integers may be kept in vectors of floats,
/// because nothing here changes their bits. Products are always fused, so a sum has one rounding for each product.
/// </remarks>
/// <typeparam name="TSelf">The vector.</typeparam>
internal unsafe interface IVector<TSelf>
    where TSelf : struct, IVector<TSelf>
{
    /// <summary>The name of the kernels that use these vectors.</summary>
    static abstract string Name { get; }

    /// <summary>Whether the processor and the runtime have the instructions.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Floats in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>
    /// The largest number of rows in a register tile with two vectors a row: twice as many sums, two vectors of B and a broadcast value must fit into the
    /// registers.
    /// </summary>
    static abstract int WideRows { get; }

    /// <summary>The kernels for convolutions whose filters fill at most half of this vector; null if this vector is the narrowest.</summary>
    static abstract KernelSet? Narrower { get; }

    /// <summary>Floats that are 0.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>Floats that are 1.</summary>
    static abstract TSelf One { get; }

    /// <summary>0, 1, 2 … as floats.</summary>
    static abstract TSelf Indices { get; }

    /// <summary>0, 1, 2 … as integers.</summary>
    static abstract TSelf IndicesInt32 { get; }

    /// <summary>The same float in every lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Two floats from memory, in every pair of neighbouring lanes.</summary>
    static abstract TSelf CreatePair(float* source);

    /// <summary>The sums of pairs of neighbouring lanes, in the first half of the lanes and again in the second.</summary>
    static abstract TSelf SumPairs(TSelf value);

    /// <summary>The same integer in every lane.</summary>
    static abstract TSelf CreateInt32(int value);

    /// <summary>A mask whose first lanes are set: all if <paramref name="lanes"/> is the count or more, none if it is 0 or less.</summary>
    static abstract TSelf Mask(int lanes);

    /// <summary>A whole vector from memory.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>The lanes of a mask whose first lanes are set; the other lanes are 0, and their memory is not accessed.</summary>
    static abstract TSelf Load(float* source, TSelf mask);

    /// <summary>Bytes, one for each lane, as floats.</summary>
    static abstract TSelf LoadBytes(byte* source);

    /// <summary>One lane each from <c>source[index]</c>, whatever the bits there mean.</summary>
    static abstract TSelf Gather(int* source, TSelf indexInt32);

    /// <summary>Writes the whole vector.</summary>
    void Store(float* target);

    /// <summary>Writes the lanes of a mask whose first lanes are set; the memory of the others is not accessed.</summary>
    void Store(float* target, TSelf mask);

    /// <summary>
    /// Writes the lanes of <paramref name="values"/> that are not 0 contiguously, and the same lanes of <paramref name="companionsInt32"/>. Whole vectors are
    /// written: the memory after the counted lanes is overwritten with arbitrary values.
    /// </summary>
    /// <returns>The number of lanes that are not 0; NaN is not 0.</returns>
    static abstract int CompressNonzeros(TSelf values, TSelf companionsInt32, float* targetValues, int* targetCompanions);

    /// <summary>The number of lanes that are not 0; NaN is not 0.</summary>
    static abstract int CountNonzeros(TSelf values);

    /// <summary>Transposes a square block with as many rows as a vector has lanes.</summary>
    static abstract void Transpose(float* source, nint sourceRow, float* target, nint targetRow);

    /// <summary>The sums of the lanes of four vectors, side by side.</summary>
    static abstract Vector128<float> SumLanes(TSelf v0, TSelf v1, TSelf v2, TSelf v3);

    /// <summary>The sum of the lanes.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>x·y + z in one rounding.</summary>
    static abstract TSelf MultiplyAdd(TSelf x, TSelf y, TSelf z);

    /// <summary>z − x·y in one rounding.</summary>
    static abstract TSelf MultiplyAddNegated(TSelf x, TSelf y, TSelf z);

    /// <summary>x·y − z in one rounding.</summary>
    static abstract TSelf MultiplySubtract(TSelf x, TSelf y, TSelf z);

    /// <summary>The larger value; the second operand if one is a NaN or both are zeros, whatever their signs.</summary>
    static abstract TSelf MaxElseSecond(TSelf first, TSelf second);

    /// <summary>The smaller value; the second operand if one is a NaN or both are zeros, whatever their signs.</summary>
    static abstract TSelf MinElseSecond(TSelf first, TSelf second);

    /// <summary>|x|.</summary>
    static abstract TSelf Abs(TSelf x);

    /// <summary>√x.</summary>
    static abstract TSelf SquareRoot(TSelf x);

    /// <summary>The largest whole number that is not greater than x.</summary>
    static abstract TSelf Floor(TSelf x);

    /// <summary>The nearest whole number; of two equally near ones, the even one.</summary>
    static abstract TSelf Round(TSelf x);

    /// <summary>The mask of x &gt; y; not set if one is a NaN.</summary>
    static abstract TSelf GreaterThan(TSelf x, TSelf y);

    /// <summary>The mask of NaN.</summary>
    static abstract TSelf IsNaN(TSelf x);

    /// <summary>The lanes of <paramref name="set"/> where the mask is set, those of <paramref name="other"/> elsewhere.</summary>
    static abstract TSelf Select(TSelf mask, TSelf set, TSelf other);

    /// <summary>The lanes of <paramref name="negative"/> where the sign bit of x is set (so too for −0), those of <paramref name="other"/> elsewhere.</summary>
    static abstract TSelf SelectBySign(TSelf x, TSelf negative, TSelf other);

    /// <summary>The bits of a value where those of the mask are not set.</summary>
    static abstract TSelf AndNot(TSelf mask, TSelf value);

    /// <summary>Whole floats as integers.</summary>
    static abstract TSelf ToInt32(TSelf x);

    /// <summary>Integers as floats.</summary>
    static abstract TSelf FromInt32(TSelf x);

    /// <summary>The sums of integers, modulo 2³².</summary>
    static abstract TSelf AddInt32(TSelf x, TSelf y);

    /// <summary>The lower halves of the products of integers.</summary>
    static abstract TSelf MultiplyInt32(TSelf x, TSelf y);

    /// <summary>The mask of x &gt; y for integers with a sign.</summary>
    static abstract TSelf GreaterThanInt32(TSelf x, TSelf y);

    /// <summary>Shifts integers to the left.</summary>
    static abstract TSelf ShiftLeft(TSelf x, [ConstantExpected] byte bits);

    /// <summary>Shifts integers without a sign to the right.</summary>
    static abstract TSelf ShiftRight(TSelf x, [ConstantExpected] byte bits);

    /// <summary>Sum.</summary>
    static abstract TSelf operator +(TSelf x, TSelf y);

    /// <summary>Difference.</summary>
    static abstract TSelf operator -(TSelf x, TSelf y);

    /// <summary>Product.</summary>
    static abstract TSelf operator *(TSelf x, TSelf y);

    /// <summary>Quotient.</summary>
    static abstract TSelf operator /(TSelf x, TSelf y);

    /// <summary>Bits of both.</summary>
    static abstract TSelf operator &(TSelf x, TSelf y);

    /// <summary>Bits of either.</summary>
    static abstract TSelf operator |(TSelf x, TSelf y);

    /// <summary>Bits of the first and not of the second.</summary>
    static abstract TSelf operator ^(TSelf x, TSelf y);
}
