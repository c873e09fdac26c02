using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// The innermost loops: a tile of C stays in registers while the columns of A and the rows of B go by.
//
//   NarrowTile   up to 12 rows × one vector of 8 columns     12 accumulators, 1 vector of B, 1 broadcast of A
//   LowTile      up to 6 rows × one vector of 8 columns      12 accumulators, 2 vectors of B, 1 broadcast of A
//   WideTile     up to 6 rows × two vectors of 8 columns     12 accumulators, 2 vectors of B, 1 broadcast of A
//
// 14 and 15 of AVX2's 16 registers. Eight or more independent sums hide the four cycles of an FMA at two FMAs a cycle; the low tile
// gets them by adding the even and the odd rows of B apart. It stands alone, for products that never have more rows: so an element
// of a product has the same bits whichever rows it is computed with.
// The number of rows is a type, so that the JIT makes code for exactly that many and a tail of rows costs nothing extra.
//
// A need not be a matrix in memory. Its columns come in segments of neighbours: a convolution reads each image row of a patch
// where it lies, with one segment for each filter row, and never copies it. For a plain matrix there is one segment.
internal sealed unsafe partial class Avx2Kernels
{
    private const int NarrowRows = 12;
    private const int WideRows = 6;
    private const int LowRows = 6;

    /// <summary>How the operands of a tile lie in memory; all distances in floats.</summary>
    /// <param name="Segments">Number of segments in which the columns of A come.</param>
    /// <param name="Length">Columns of A in a segment.</param>
    /// <param name="ARow">From a row of A to the next.</param>
    /// <param name="AColumn">From a column of A to the next in its segment.</param>
    /// <param name="ASegment">From the start of a segment of A to the start of the next.</param>
    /// <param name="BRow">From a row of B to the next; B has Segments · Length rows.</param>
    /// <param name="StartRow">From a row of the tile's initial value to the next: 0 for a bias, C's for accumulation.</param>
    /// <param name="CRow">From a row of C to the next.</param>
    private readonly record struct TileLayout(
        int Segments, int Length, nint ARow, nint AColumn, nint ASegment, nint BRow, nint StartRow, nint CRow);

    /// <summary>A number of rows as a type.</summary>
    private interface IRowCount
    {
        static abstract int Value { get; }
    }

    /// <summary>Whether the columns fill their vectors, as a type.</summary>
    private interface IColumns
    {
        static abstract Vector256<float> Load(float* source, Vector256<float> mask);

        static abstract void Store(float* target, Vector256<float> mask, Vector256<float> value);
    }

    /// <summary>
    /// C = start + A·B for any number of rows and at most 16 columns; start is nothing where it is null.
    /// The rows are dealt out evenly, so that 20 rows are two tiles of ten and not of twelve and eight.
    /// </summary>
    private static void MultiplyPanel(int rows, int columns, in TileLayout layout, float* a, float* b, float* start, float* c)
    {
        int most = columns > Lanes ? WideRows : NarrowRows;
        int tiles = (rows + most - 1) / most;
        for (int tile = 0; tile < tiles; tile++)
        {
            int count = (rows + tiles - 1 - tile) / tiles;
            switch (columns)
            {
                case < Lanes: MultiplyNarrow<SomeColumns>(count, Mask(columns), layout, a, b, start, c); break;
                case Lanes: MultiplyNarrow<WholeColumns>(count, default, layout, a, b, start, c); break;
                case < 2 * Lanes: MultiplyWide<SomeColumns>(count, Mask(columns - Lanes), layout, a, b, start, c); break;
                default: MultiplyWide<WholeColumns>(count, default, layout, a, b, start, c); break;
            }

            a += count * layout.ARow;
            c += count * layout.CRow;
            start = start == null ? null : start + (count * layout.StartRow);
        }
    }

    private static void MultiplyNarrow<TColumns>(
        int rows, Vector256<float> mask, in TileLayout layout, float* a, float* b, float* start, float* c)
        where TColumns : IColumns
    {
        switch (rows)
        {
            case 1: NarrowTile<Rows1, TColumns>(mask, layout, a, b, start, c); break;
            case 2: NarrowTile<Rows2, TColumns>(mask, layout, a, b, start, c); break;
            case 3: NarrowTile<Rows3, TColumns>(mask, layout, a, b, start, c); break;
            case 4: NarrowTile<Rows4, TColumns>(mask, layout, a, b, start, c); break;
            case 5: NarrowTile<Rows5, TColumns>(mask, layout, a, b, start, c); break;
            case 6: NarrowTile<Rows6, TColumns>(mask, layout, a, b, start, c); break;
            case 7: NarrowTile<Rows7, TColumns>(mask, layout, a, b, start, c); break;
            case 8: NarrowTile<Rows8, TColumns>(mask, layout, a, b, start, c); break;
            case 9: NarrowTile<Rows9, TColumns>(mask, layout, a, b, start, c); break;
            case 10: NarrowTile<Rows10, TColumns>(mask, layout, a, b, start, c); break;
            case 11: NarrowTile<Rows11, TColumns>(mask, layout, a, b, start, c); break;
            default: NarrowTile<Rows12, TColumns>(mask, layout, a, b, start, c); break;
        }
    }

    /// <summary>C = start + A·B for at most 6 rows and 8 columns.</summary>
    private static void MultiplyLow(int rows, int columns, in TileLayout layout, float* a, float* b, float* start, float* c)
    {
        Vector256<float> mask = Mask(columns);
        switch (rows)
        {
            case 1: LowTile<Rows1>(mask, layout, a, b, start, c); break;
            case 2: LowTile<Rows2>(mask, layout, a, b, start, c); break;
            case 3: LowTile<Rows3>(mask, layout, a, b, start, c); break;
            case 4: LowTile<Rows4>(mask, layout, a, b, start, c); break;
            case 5: LowTile<Rows5>(mask, layout, a, b, start, c); break;
            default: LowTile<Rows6>(mask, layout, a, b, start, c); break;
        }
    }

    private static void MultiplyWide<TColumns>(
        int rows, Vector256<float> mask, in TileLayout layout, float* a, float* b, float* start, float* c)
        where TColumns : IColumns
    {
        switch (rows)
        {
            case 1: WideTile<Rows1, TColumns>(mask, layout, a, b, start, c); break;
            case 2: WideTile<Rows2, TColumns>(mask, layout, a, b, start, c); break;
            case 3: WideTile<Rows3, TColumns>(mask, layout, a, b, start, c); break;
            case 4: WideTile<Rows4, TColumns>(mask, layout, a, b, start, c); break;
            case 5: WideTile<Rows5, TColumns>(mask, layout, a, b, start, c); break;
            default: WideTile<Rows6, TColumns>(mask, layout, a, b, start, c); break;
        }
    }

    /// <summary>Up to 12 rows × eight columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NarrowTile<TRows, TColumns>(
        Vector256<float> mask, in TileLayout layout, float* a, float* b, float* start, float* c)
        where TRows : IRowCount
        where TColumns : IColumns
    {
        Vector256<float> c0 = start != null && TRows.Value > 0 ? TColumns.Load(start, mask) : default;
        Vector256<float> c1 = start != null && TRows.Value > 1 ? TColumns.Load(start + layout.StartRow, mask) : default;
        Vector256<float> c2 = start != null && TRows.Value > 2 ? TColumns.Load(start + (2 * layout.StartRow), mask) : default;
        Vector256<float> c3 = start != null && TRows.Value > 3 ? TColumns.Load(start + (3 * layout.StartRow), mask) : default;
        Vector256<float> c4 = start != null && TRows.Value > 4 ? TColumns.Load(start + (4 * layout.StartRow), mask) : default;
        Vector256<float> c5 = start != null && TRows.Value > 5 ? TColumns.Load(start + (5 * layout.StartRow), mask) : default;
        Vector256<float> c6 = start != null && TRows.Value > 6 ? TColumns.Load(start + (6 * layout.StartRow), mask) : default;
        Vector256<float> c7 = start != null && TRows.Value > 7 ? TColumns.Load(start + (7 * layout.StartRow), mask) : default;
        Vector256<float> c8 = start != null && TRows.Value > 8 ? TColumns.Load(start + (8 * layout.StartRow), mask) : default;
        Vector256<float> c9 = start != null && TRows.Value > 9 ? TColumns.Load(start + (9 * layout.StartRow), mask) : default;
        Vector256<float> c10 = start != null && TRows.Value > 10 ? TColumns.Load(start + (10 * layout.StartRow), mask) : default;
        Vector256<float> c11 = start != null && TRows.Value > 11 ? TColumns.Load(start + (11 * layout.StartRow), mask) : default;

        // Every third row of A has a pointer of its own; the two rows behind it are one and two strides away.
        nint row = layout.ARow;
        nint twoRows = 2 * row;
        nint column = layout.AColumn;
        for (int segment = 0; segment < layout.Segments; segment++)
        {
            float* a0 = a + (segment * layout.ASegment);
            float* a3 = a0 + row + twoRows;
            float* a6 = a3 + row + twoRows;
            float* a9 = a6 + row + twoRows;
            for (int j = 0; j < layout.Length; j++)
            {
                Vector256<float> b0 = TColumns.Load(b, mask);
                c0 = Fma.MultiplyAdd(Vector256.Create(*a0), b0, c0);
                c1 = TRows.Value > 1 ? Fma.MultiplyAdd(Vector256.Create(a0[row]), b0, c1) : c1;
                c2 = TRows.Value > 2 ? Fma.MultiplyAdd(Vector256.Create(a0[twoRows]), b0, c2) : c2;
                c3 = TRows.Value > 3 ? Fma.MultiplyAdd(Vector256.Create(*a3), b0, c3) : c3;
                c4 = TRows.Value > 4 ? Fma.MultiplyAdd(Vector256.Create(a3[row]), b0, c4) : c4;
                c5 = TRows.Value > 5 ? Fma.MultiplyAdd(Vector256.Create(a3[twoRows]), b0, c5) : c5;
                c6 = TRows.Value > 6 ? Fma.MultiplyAdd(Vector256.Create(*a6), b0, c6) : c6;
                c7 = TRows.Value > 7 ? Fma.MultiplyAdd(Vector256.Create(a6[row]), b0, c7) : c7;
                c8 = TRows.Value > 8 ? Fma.MultiplyAdd(Vector256.Create(a6[twoRows]), b0, c8) : c8;
                c9 = TRows.Value > 9 ? Fma.MultiplyAdd(Vector256.Create(*a9), b0, c9) : c9;
                c10 = TRows.Value > 10 ? Fma.MultiplyAdd(Vector256.Create(a9[row]), b0, c10) : c10;
                c11 = TRows.Value > 11 ? Fma.MultiplyAdd(Vector256.Create(a9[twoRows]), b0, c11) : c11;
                b += layout.BRow;
                a0 += column;
                a3 += column;
                a6 += column;
                a9 += column;
            }
        }

        StoreRow<TRows, TColumns>(0, c, mask, c0);
        StoreRow<TRows, TColumns>(1, c + layout.CRow, mask, c1);
        StoreRow<TRows, TColumns>(2, c + (2 * layout.CRow), mask, c2);
        StoreRow<TRows, TColumns>(3, c + (3 * layout.CRow), mask, c3);
        StoreRow<TRows, TColumns>(4, c + (4 * layout.CRow), mask, c4);
        StoreRow<TRows, TColumns>(5, c + (5 * layout.CRow), mask, c5);
        StoreRow<TRows, TColumns>(6, c + (6 * layout.CRow), mask, c6);
        StoreRow<TRows, TColumns>(7, c + (7 * layout.CRow), mask, c7);
        StoreRow<TRows, TColumns>(8, c + (8 * layout.CRow), mask, c8);
        StoreRow<TRows, TColumns>(9, c + (9 * layout.CRow), mask, c9);
        StoreRow<TRows, TColumns>(10, c + (10 * layout.CRow), mask, c10);
        StoreRow<TRows, TColumns>(11, c + (11 * layout.CRow), mask, c11);
    }

    /// <summary>Up to 6 rows × eight columns: two sums of each row, of the even and of the odd rows of B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LowTile<TRows>(
        Vector256<float> mask, in TileLayout layout, float* a, float* b, float* start, float* c)
        where TRows : IRowCount
    {
        Vector256<float> c0 = start != null && TRows.Value > 0 ? Avx.MaskLoad(start, mask) : default;
        Vector256<float> c1 = start != null && TRows.Value > 1 ? Avx.MaskLoad(start + layout.StartRow, mask) : default;
        Vector256<float> c2 = start != null && TRows.Value > 2 ? Avx.MaskLoad(start + (2 * layout.StartRow), mask) : default;
        Vector256<float> c3 = start != null && TRows.Value > 3 ? Avx.MaskLoad(start + (3 * layout.StartRow), mask) : default;
        Vector256<float> c4 = start != null && TRows.Value > 4 ? Avx.MaskLoad(start + (4 * layout.StartRow), mask) : default;
        Vector256<float> c5 = start != null && TRows.Value > 5 ? Avx.MaskLoad(start + (5 * layout.StartRow), mask) : default;
        Vector256<float> d0 = default;
        Vector256<float> d1 = default;
        Vector256<float> d2 = default;
        Vector256<float> d3 = default;
        Vector256<float> d4 = default;
        Vector256<float> d5 = default;

        nint row = layout.ARow;
        nint twoRows = 2 * row;
        nint column = layout.AColumn;
        for (int segment = 0; segment < layout.Segments; segment++)
        {
            float* a0 = a + (segment * layout.ASegment);
            float* a3 = a0 + row + twoRows;
            int j = 0;
            for (; j <= layout.Length - 2; j += 2)
            {
                Vector256<float> b0 = Avx.MaskLoad(b, mask);
                Vector256<float> b1 = Avx.MaskLoad(b + layout.BRow, mask);
                c0 = Fma.MultiplyAdd(Vector256.Create(*a0), b0, c0);
                c1 = TRows.Value > 1 ? Fma.MultiplyAdd(Vector256.Create(a0[row]), b0, c1) : c1;
                c2 = TRows.Value > 2 ? Fma.MultiplyAdd(Vector256.Create(a0[twoRows]), b0, c2) : c2;
                c3 = TRows.Value > 3 ? Fma.MultiplyAdd(Vector256.Create(*a3), b0, c3) : c3;
                c4 = TRows.Value > 4 ? Fma.MultiplyAdd(Vector256.Create(a3[row]), b0, c4) : c4;
                c5 = TRows.Value > 5 ? Fma.MultiplyAdd(Vector256.Create(a3[twoRows]), b0, c5) : c5;
                a0 += column;
                a3 += column;
                d0 = Fma.MultiplyAdd(Vector256.Create(*a0), b1, d0);
                d1 = TRows.Value > 1 ? Fma.MultiplyAdd(Vector256.Create(a0[row]), b1, d1) : d1;
                d2 = TRows.Value > 2 ? Fma.MultiplyAdd(Vector256.Create(a0[twoRows]), b1, d2) : d2;
                d3 = TRows.Value > 3 ? Fma.MultiplyAdd(Vector256.Create(*a3), b1, d3) : d3;
                d4 = TRows.Value > 4 ? Fma.MultiplyAdd(Vector256.Create(a3[row]), b1, d4) : d4;
                d5 = TRows.Value > 5 ? Fma.MultiplyAdd(Vector256.Create(a3[twoRows]), b1, d5) : d5;
                a0 += column;
                a3 += column;
                b += 2 * layout.BRow;
            }

            if (j < layout.Length)
            {
                Vector256<float> b0 = Avx.MaskLoad(b, mask);
                c0 = Fma.MultiplyAdd(Vector256.Create(*a0), b0, c0);
                c1 = TRows.Value > 1 ? Fma.MultiplyAdd(Vector256.Create(a0[row]), b0, c1) : c1;
                c2 = TRows.Value > 2 ? Fma.MultiplyAdd(Vector256.Create(a0[twoRows]), b0, c2) : c2;
                c3 = TRows.Value > 3 ? Fma.MultiplyAdd(Vector256.Create(*a3), b0, c3) : c3;
                c4 = TRows.Value > 4 ? Fma.MultiplyAdd(Vector256.Create(a3[row]), b0, c4) : c4;
                c5 = TRows.Value > 5 ? Fma.MultiplyAdd(Vector256.Create(a3[twoRows]), b0, c5) : c5;
                b += layout.BRow;
            }
        }

        StoreRow<TRows, SomeColumns>(0, c, mask, c0 + d0);
        StoreRow<TRows, SomeColumns>(1, c + layout.CRow, mask, c1 + d1);
        StoreRow<TRows, SomeColumns>(2, c + (2 * layout.CRow), mask, c2 + d2);
        StoreRow<TRows, SomeColumns>(3, c + (3 * layout.CRow), mask, c3 + d3);
        StoreRow<TRows, SomeColumns>(4, c + (4 * layout.CRow), mask, c4 + d4);
        StoreRow<TRows, SomeColumns>(5, c + (5 * layout.CRow), mask, c5 + d5);
    }

    /// <summary>Up to 6 rows × sixteen columns; the mask is the second vector's, the first is always whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideTile<TRows, TColumns>(
        Vector256<float> mask, in TileLayout layout, float* a, float* b, float* start, float* c)
        where TRows : IRowCount
        where TColumns : IColumns
    {
        Vector256<float> c0 = start != null && TRows.Value > 0 ? Vector256.Load(start) : default;
        Vector256<float> d0 = start != null && TRows.Value > 0 ? TColumns.Load(start + Lanes, mask) : default;
        Vector256<float> c1 = start != null && TRows.Value > 1 ? Vector256.Load(start + layout.StartRow) : default;
        Vector256<float> d1 = start != null && TRows.Value > 1 ? TColumns.Load(start + layout.StartRow + Lanes, mask) : default;
        Vector256<float> c2 = start != null && TRows.Value > 2 ? Vector256.Load(start + (2 * layout.StartRow)) : default;
        Vector256<float> d2 = start != null && TRows.Value > 2 ? TColumns.Load(start + (2 * layout.StartRow) + Lanes, mask) : default;
        Vector256<float> c3 = start != null && TRows.Value > 3 ? Vector256.Load(start + (3 * layout.StartRow)) : default;
        Vector256<float> d3 = start != null && TRows.Value > 3 ? TColumns.Load(start + (3 * layout.StartRow) + Lanes, mask) : default;
        Vector256<float> c4 = start != null && TRows.Value > 4 ? Vector256.Load(start + (4 * layout.StartRow)) : default;
        Vector256<float> d4 = start != null && TRows.Value > 4 ? TColumns.Load(start + (4 * layout.StartRow) + Lanes, mask) : default;
        Vector256<float> c5 = start != null && TRows.Value > 5 ? Vector256.Load(start + (5 * layout.StartRow)) : default;
        Vector256<float> d5 = start != null && TRows.Value > 5 ? TColumns.Load(start + (5 * layout.StartRow) + Lanes, mask) : default;

        // Every third row of A has a pointer of its own; the two rows behind it are one and two strides away.
        nint row = layout.ARow;
        nint twoRows = 2 * row;
        nint column = layout.AColumn;
        for (int segment = 0; segment < layout.Segments; segment++)
        {
            float* a0 = a + (segment * layout.ASegment);
            float* a3 = a0 + row + twoRows;
            for (int j = 0; j < layout.Length; j++)
            {
                Vector256<float> b0 = Vector256.Load(b);
                Vector256<float> b1 = TColumns.Load(b + Lanes, mask);
                Vector256<float> x = Vector256.Create(*a0);
                c0 = Fma.MultiplyAdd(x, b0, c0);
                d0 = Fma.MultiplyAdd(x, b1, d0);
                x = TRows.Value > 1 ? Vector256.Create(a0[row]) : default;
                c1 = TRows.Value > 1 ? Fma.MultiplyAdd(x, b0, c1) : c1;
                d1 = TRows.Value > 1 ? Fma.MultiplyAdd(x, b1, d1) : d1;
                x = TRows.Value > 2 ? Vector256.Create(a0[twoRows]) : default;
                c2 = TRows.Value > 2 ? Fma.MultiplyAdd(x, b0, c2) : c2;
                d2 = TRows.Value > 2 ? Fma.MultiplyAdd(x, b1, d2) : d2;
                x = TRows.Value > 3 ? Vector256.Create(*a3) : default;
                c3 = TRows.Value > 3 ? Fma.MultiplyAdd(x, b0, c3) : c3;
                d3 = TRows.Value > 3 ? Fma.MultiplyAdd(x, b1, d3) : d3;
                x = TRows.Value > 4 ? Vector256.Create(a3[row]) : default;
                c4 = TRows.Value > 4 ? Fma.MultiplyAdd(x, b0, c4) : c4;
                d4 = TRows.Value > 4 ? Fma.MultiplyAdd(x, b1, d4) : d4;
                x = TRows.Value > 5 ? Vector256.Create(a3[twoRows]) : default;
                c5 = TRows.Value > 5 ? Fma.MultiplyAdd(x, b0, c5) : c5;
                d5 = TRows.Value > 5 ? Fma.MultiplyAdd(x, b1, d5) : d5;
                b += layout.BRow;
                a0 += column;
                a3 += column;
            }
        }

        StoreRow<TRows, WholeColumns>(0, c, mask, c0);
        StoreRow<TRows, TColumns>(0, c + Lanes, mask, d0);
        StoreRow<TRows, WholeColumns>(1, c + layout.CRow, mask, c1);
        StoreRow<TRows, TColumns>(1, c + layout.CRow + Lanes, mask, d1);
        StoreRow<TRows, WholeColumns>(2, c + (2 * layout.CRow), mask, c2);
        StoreRow<TRows, TColumns>(2, c + (2 * layout.CRow) + Lanes, mask, d2);
        StoreRow<TRows, WholeColumns>(3, c + (3 * layout.CRow), mask, c3);
        StoreRow<TRows, TColumns>(3, c + (3 * layout.CRow) + Lanes, mask, d3);
        StoreRow<TRows, WholeColumns>(4, c + (4 * layout.CRow), mask, c4);
        StoreRow<TRows, TColumns>(4, c + (4 * layout.CRow) + Lanes, mask, d4);
        StoreRow<TRows, WholeColumns>(5, c + (5 * layout.CRow), mask, c5);
        StoreRow<TRows, TColumns>(5, c + (5 * layout.CRow) + Lanes, mask, d5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TRows, TColumns>(int row, float* target, Vector256<float> mask, Vector256<float> value)
        where TRows : IRowCount
        where TColumns : IColumns
    {
        if (TRows.Value > row)
        {
            TColumns.Store(target, mask, value);
        }
    }

    private readonly struct Rows1 : IRowCount
    {
        public static int Value => 1;
    }

    private readonly struct Rows2 : IRowCount
    {
        public static int Value => 2;
    }

    private readonly struct Rows3 : IRowCount
    {
        public static int Value => 3;
    }

    private readonly struct Rows4 : IRowCount
    {
        public static int Value => 4;
    }

    private readonly struct Rows5 : IRowCount
    {
        public static int Value => 5;
    }

    private readonly struct Rows6 : IRowCount
    {
        public static int Value => 6;
    }

    private readonly struct Rows7 : IRowCount
    {
        public static int Value => 7;
    }

    private readonly struct Rows8 : IRowCount
    {
        public static int Value => 8;
    }

    private readonly struct Rows9 : IRowCount
    {
        public static int Value => 9;
    }

    private readonly struct Rows10 : IRowCount
    {
        public static int Value => 10;
    }

    private readonly struct Rows11 : IRowCount
    {
        public static int Value => 11;
    }

    private readonly struct Rows12 : IRowCount
    {
        public static int Value => 12;
    }

    private readonly struct WholeColumns : IColumns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Load(float* source, Vector256<float> mask) => Vector256.Load(source);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(float* target, Vector256<float> mask, Vector256<float> value) => value.Store(target);
    }

    private readonly struct SomeColumns : IColumns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Load(float* source, Vector256<float> mask) => Avx.MaskLoad(source, mask);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(float* target, Vector256<float> mask, Vector256<float> value) => Avx.MaskStore(target, mask, value);
    }
}
