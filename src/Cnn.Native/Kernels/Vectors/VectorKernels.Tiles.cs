using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The innermost loop: a tile of C stays in registers while the columns of A and the rows of B are processed.
// 
// one vector of columns   up to 12 rows   12 sums, 1 vector of B, 1 broadcast of A
// two vectors             up to WideRows  2 sums a row, 2 vectors of B, 1 broadcast of A
// low                     up to 6 rows    2 sums a row, 2 vectors of B, 1 broadcast of A
// paired                  up to 12 rows   12 sums, 1 vector of B, 1 broadcast of two columns of A
// 
// These use 14 and 15 of AVX2's 16 registers, and 27 of the 32 of AVX-512. Eight or more independent sums hide the four cycles of an FMA at two FMAs
// a cycle; the low tile gets them by summing the even and the odd rows of B separately. It is used only for products that never have more
// rows, so an element of a product has the same bits whichever rows it is computed with.
// The number of rows and the kind of the tile are type parameters, so that the JIT compiles code for exactly these, and a tail of rows has no extra cost.
// 
// A need not be a matrix in memory. Its columns come in contiguous segments: a convolution reads each image row of a patch
// in place, with one segment for each filter row, and never copies it. For a plain matrix there is one segment.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>The largest number of rows of a tile with one vector a row; a multiple of that with two, whatever the vector.</summary>
    private const int NarrowRows = 12;
    private const int LowRows = 6;

    /// <summary>The memory layout of the operands of a tile; all distances in floats.</summary>
    /// <param name="Segments">The number of segments of the columns of A.</param>
    /// <param name="Length">Columns of A in a segment.</param>
    /// <param name="ARow">From a row of A to the next.</param>
    /// <param name="AColumn">From a column of A to the next in its segment.</param>
    /// <param name="ASegment">From the start of a segment of A to the start of the next.</param>
    /// <param name="BRow">From a row of B to the next; Segments · Length rows of B are read.</param>
    /// <param name="StartRow">From a row of the tile's initial value to the next: 0 for a bias, that of C for accumulation.</param>
    /// <param name="CRow">From a row of C to the next.</param>
    /// <param name="BGap">Floats of B that are skipped after each segment.</param>
    private readonly record struct TileLayout(
        int Segments, int Length, nint ARow, nint AColumn, nint ASegment, nint BRow, nint StartRow, nint CRow, nint BGap = 0);

    /// <summary>A number, of rows or of taps, as a type.</summary>
    private interface IConstant
    {
        static abstract int Value { get; }
    }

    /// <summary>Whether the columns fill their vectors, as a type.</summary>
    private interface IColumns
    {
        static abstract V Load(float* source, V mask);

        static abstract void Store(float* target, V mask, V value);
    }

    /// <summary>The purpose of a tile's second set of sums, as a type.</summary>
    private interface ITile
    {
        /// <summary>Whether it is for a second vector of columns.</summary>
        static abstract bool IsWide { get; }

        /// <summary>Whether it is for the odd rows of B.</summary>
        static abstract bool IsLow { get; }

        /// <summary>Whether there is none, and neighbouring lanes take neighbouring columns of A (VectorKernels.PairedConvolution.cs).</summary>
        static abstract bool IsPaired { get; }
    }

    /// <summary>
    /// C = start + A·B for any number of rows and at most two vectors of columns; if start is null, it counts as zero. The rows are divided evenly, so that
    /// 20 rows are two tiles of ten and not of twelve and eight.
    /// </summary>
    private static void MultiplyPanel(int rows, int columns, in TileLayout layout, float* a, float* b, float* start, float* c)
    {
        int most = columns > V.Count ? V.WideRows : NarrowRows;
        int tiles = (rows + most - 1) / most;
        for (int tile = 0; tile < tiles; tile++)
        {
            int count = (rows + tiles - 1 - tile) / tiles;
            if (columns < V.Count)
            {
                Multiply<NarrowTile, SomeColumns>(count, V.Mask(columns), layout, a, b, start, c);
            }
            else if (columns == V.Count)
            {
                Multiply<NarrowTile, WholeColumns>(count, default, layout, a, b, start, c);
            }
            else if (columns < 2 * V.Count)
            {
                Multiply<WideTile, SomeColumns>(count, V.Mask(columns - V.Count), layout, a, b, start, c);
            }
            else
            {
                Multiply<WideTile, WholeColumns>(count, default, layout, a, b, start, c);
            }

            a += count * layout.ARow;
            c += count * layout.CRow;
            start = start == null ? null : start + (count * layout.StartRow);
        }
    }

    /// <summary>C += A·B for any number of rows and at most two vectors of columns: with the low tile if a single one is enough, otherwise with those of a panel.</summary>
    private static void AddPanel(int rows, int columns, in TileLayout layout, float* a, float* b, float* c)
    {
        if (rows <= LowRows && columns <= V.Count)
        {
            Multiply<LowTile, SomeColumns>(rows, V.Mask(columns), layout, a, b, c, c);
        }
        else
        {
            MultiplyPanel(rows, columns, layout, a, b, c, c);
        }
    }

    private static void Multiply<TTile, TColumns>(int rows, V mask, in TileLayout layout, float* a, float* b, float* start, float* c)
        where TTile : ITile
        where TColumns : IColumns
    {
        switch (rows)
        {
            case 1: Tile<Constant1, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 2: Tile<Constant2, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 3: Tile<Constant3, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 4: Tile<Constant4, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 5: Tile<Constant5, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 6: Tile<Constant6, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 7: Tile<Constant7, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 8: Tile<Constant8, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 9: Tile<Constant9, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 10: Tile<Constant10, TTile, TColumns>(mask, layout, a, b, start, c); break;
            case 11: Tile<Constant11, TTile, TColumns>(mask, layout, a, b, start, c); break;
            default: Tile<Constant12, TTile, TColumns>(mask, layout, a, b, start, c); break;
        }
    }

    /// <summary>One tile. The mask is that of the last vector of columns; in a wide tile the first vector is always full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TRows, TTile, TColumns>(V mask, in TileLayout layout, float* a, float* b, float* start, float* c)
        where TRows : IConstant
        where TTile : ITile
        where TColumns : IColumns
    {
        StartRow<TRows, TTile, TColumns>(0, start, layout.StartRow, mask, out V c0, out V d0);
        StartRow<TRows, TTile, TColumns>(1, start, layout.StartRow, mask, out V c1, out V d1);
        StartRow<TRows, TTile, TColumns>(2, start, layout.StartRow, mask, out V c2, out V d2);
        StartRow<TRows, TTile, TColumns>(3, start, layout.StartRow, mask, out V c3, out V d3);
        StartRow<TRows, TTile, TColumns>(4, start, layout.StartRow, mask, out V c4, out V d4);
        StartRow<TRows, TTile, TColumns>(5, start, layout.StartRow, mask, out V c5, out V d5);
        StartRow<TRows, TTile, TColumns>(6, start, layout.StartRow, mask, out V c6, out V d6);
        StartRow<TRows, TTile, TColumns>(7, start, layout.StartRow, mask, out V c7, out V d7);
        StartRow<TRows, TTile, TColumns>(8, start, layout.StartRow, mask, out V c8, out V d8);
        StartRow<TRows, TTile, TColumns>(9, start, layout.StartRow, mask, out V c9, out V d9);
        StartRow<TRows, TTile, TColumns>(10, start, layout.StartRow, mask, out V c10, out V d10);
        StartRow<TRows, TTile, TColumns>(11, start, layout.StartRow, mask, out V c11, out V d11);

        // Every third row of A has its own pointer; the next two rows are one and two strides away.
        nint row = layout.ARow;
        nint twoRows = 2 * row;
        nint column = layout.AColumn;
        for (int segment = 0; segment < layout.Segments; segment++)
        {
            float* a0 = a + (segment * layout.ASegment);
            float* a3 = a0 + row + twoRows;
            float* a6 = a3 + row + twoRows;
            float* a9 = a6 + row + twoRows;
            int j = 0;
            for (; j <= layout.Length - Step<TTile>(); j += Step<TTile>())
            {
                V b0 = TTile.IsWide || TTile.IsPaired ? V.Load(b) : TColumns.Load(b, mask);
                V b1 = TTile.IsWide ? TColumns.Load(b + V.Count, mask) : TTile.IsLow ? TColumns.Load(b + layout.BRow, mask) : default;
                AddRow<TRows, TTile>(0, a0, column, b0, b1, ref c0, ref d0);
                AddRow<TRows, TTile>(1, a0 + row, column, b0, b1, ref c1, ref d1);
                AddRow<TRows, TTile>(2, a0 + twoRows, column, b0, b1, ref c2, ref d2);
                AddRow<TRows, TTile>(3, a3, column, b0, b1, ref c3, ref d3);
                AddRow<TRows, TTile>(4, a3 + row, column, b0, b1, ref c4, ref d4);
                AddRow<TRows, TTile>(5, a3 + twoRows, column, b0, b1, ref c5, ref d5);
                AddRow<TRows, TTile>(6, a6, column, b0, b1, ref c6, ref d6);
                AddRow<TRows, TTile>(7, a6 + row, column, b0, b1, ref c7, ref d7);
                AddRow<TRows, TTile>(8, a6 + twoRows, column, b0, b1, ref c8, ref d8);
                AddRow<TRows, TTile>(9, a9, column, b0, b1, ref c9, ref d9);
                AddRow<TRows, TTile>(10, a9 + row, column, b0, b1, ref c10, ref d10);
                AddRow<TRows, TTile>(11, a9 + twoRows, column, b0, b1, ref c11, ref d11);
                b += Step<TTile>() * layout.BRow;
                a0 += Step<TTile>() * column;
                a3 += Step<TTile>() * column;
                a6 += Step<TTile>() * column;
                a9 += Step<TTile>() * column;
            }

            if (TTile.IsLow && j < layout.Length)
            {
                V b0 = TColumns.Load(b, mask);
                AddRow<TRows, NarrowTile>(0, a0, column, b0, default, ref c0, ref d0);
                AddRow<TRows, NarrowTile>(1, a0 + row, column, b0, default, ref c1, ref d1);
                AddRow<TRows, NarrowTile>(2, a0 + twoRows, column, b0, default, ref c2, ref d2);
                AddRow<TRows, NarrowTile>(3, a3, column, b0, default, ref c3, ref d3);
                AddRow<TRows, NarrowTile>(4, a3 + row, column, b0, default, ref c4, ref d4);
                AddRow<TRows, NarrowTile>(5, a3 + twoRows, column, b0, default, ref c5, ref d5);
                b += layout.BRow;
            }

            b += layout.BGap;
        }

        StoreRow<TRows, TTile, TColumns>(0, c, layout.CRow, mask, c0, d0);
        StoreRow<TRows, TTile, TColumns>(1, c, layout.CRow, mask, c1, d1);
        StoreRow<TRows, TTile, TColumns>(2, c, layout.CRow, mask, c2, d2);
        StoreRow<TRows, TTile, TColumns>(3, c, layout.CRow, mask, c3, d3);
        StoreRow<TRows, TTile, TColumns>(4, c, layout.CRow, mask, c4, d4);
        StoreRow<TRows, TTile, TColumns>(5, c, layout.CRow, mask, c5, d5);
        StoreRow<TRows, TTile, TColumns>(6, c, layout.CRow, mask, c6, d6);
        StoreRow<TRows, TTile, TColumns>(7, c, layout.CRow, mask, c7, d7);
        StoreRow<TRows, TTile, TColumns>(8, c, layout.CRow, mask, c8, d8);
        StoreRow<TRows, TTile, TColumns>(9, c, layout.CRow, mask, c9, d9);
        StoreRow<TRows, TTile, TColumns>(10, c, layout.CRow, mask, c10, d10);
        StoreRow<TRows, TTile, TColumns>(11, c, layout.CRow, mask, c11, d11);
    }

    /// <summary>The number of rows of B in one iteration of the loop; constant for the JIT.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Step<TTile>()
        where TTile : ITile =>
        TTile.IsLow ? 2 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartRow<TRows, TTile, TColumns>(int row, float* start, nint startRow, V mask, out V first, out V second)
        where TRows : IConstant
        where TTile : ITile
        where TColumns : IColumns
    {
        first = default;
        second = default;
        if (row < TRows.Value && start != null)
        {
            float* source = start + (row * startRow);
            first = TTile.IsWide || TTile.IsPaired ? V.Load(source) : TColumns.Load(source, mask);
            second = TTile.IsWide ? TColumns.Load(source + V.Count, mask) : default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TRows, TTile>(int row, float* a, nint column, V b0, V b1, ref V first, ref V second)
        where TRows : IConstant
        where TTile : ITile
    {
        if (row < TRows.Value)
        {
            V x = TTile.IsPaired ? V.CreatePair(a) : V.Create(*a);
            first = V.MultiplyAdd(x, b0, first);
            if (TTile.IsWide)
            {
                second = V.MultiplyAdd(x, b1, second);
            }

            if (TTile.IsLow)
            {
                second = V.MultiplyAdd(V.Create(a[column]), b1, second);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TRows, TTile, TColumns>(int row, float* c, nint cRow, V mask, V first, V second)
        where TRows : IConstant
        where TTile : ITile
        where TColumns : IColumns
    {
        if (row >= TRows.Value)
        {
            return;
        }

        float* target = c + (row * cRow);
        if (TTile.IsWide)
        {
            first.Store(target);
            TColumns.Store(target + V.Count, mask, second);
        }
        else
        {
            TColumns.Store(target, mask, TTile.IsPaired ? V.SumPairs(first) : TTile.IsLow ? first + second : first);
        }
    }

    private readonly struct NarrowTile : ITile
    {
        public static bool IsWide => false;

        public static bool IsLow => false;

        public static bool IsPaired => false;
    }

    private readonly struct WideTile : ITile
    {
        public static bool IsWide => true;

        public static bool IsLow => false;

        public static bool IsPaired => false;
    }

    private readonly struct LowTile : ITile
    {
        public static bool IsWide => false;

        public static bool IsLow => true;

        public static bool IsPaired => false;
    }

    private readonly struct PairTile : ITile
    {
        public static bool IsWide => false;

        public static bool IsLow => false;

        public static bool IsPaired => true;
    }

    private readonly struct Constant1 : IConstant
    {
        public static int Value => 1;
    }

    private readonly struct Constant2 : IConstant
    {
        public static int Value => 2;
    }

    private readonly struct Constant3 : IConstant
    {
        public static int Value => 3;
    }

    private readonly struct Constant4 : IConstant
    {
        public static int Value => 4;
    }

    private readonly struct Constant5 : IConstant
    {
        public static int Value => 5;
    }

    private readonly struct Constant6 : IConstant
    {
        public static int Value => 6;
    }

    private readonly struct Constant7 : IConstant
    {
        public static int Value => 7;
    }

    private readonly struct Constant8 : IConstant
    {
        public static int Value => 8;
    }

    private readonly struct Constant9 : IConstant
    {
        public static int Value => 9;
    }

    private readonly struct Constant10 : IConstant
    {
        public static int Value => 10;
    }

    private readonly struct Constant11 : IConstant
    {
        public static int Value => 11;
    }

    private readonly struct Constant12 : IConstant
    {
        public static int Value => 12;
    }

    private readonly struct WholeColumns : IColumns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Load(float* source, V mask) => V.Load(source);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(float* target, V mask, V value) => value.Store(target);
    }

    private readonly struct SomeColumns : IColumns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Load(float* source, V mask) => V.Load(source, mask);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(float* target, V mask, V value) => value.Store(target, mask);
    }
}
