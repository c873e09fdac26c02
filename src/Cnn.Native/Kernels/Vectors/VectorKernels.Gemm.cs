using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cnn.Kernels;

// Matrix products. A matrix B with contiguous columns goes through the register tiles, panel by panel of two vectors; the product with a transposed B
// multiplies rows with rows: sums of products along both, without packing.
internal sealed unsafe partial class VectorKernels<V>
{
    private static int PanelColumns => 2 * V.Count;

    /// <summary>The number of rows of B that are processed at a time: 256 rows of a panel of two vectors are 16 KB with AVX2, half of a small L1.</summary>
    private const int PanelDepth = 256;

    /// <inheritdoc/>
    internal override void Gemm(
        int m, int n, int k, float* a, int aRow, int aColumn, float* b, int bRow, int bColumn, float* c, int cRow, bool accumulate)
    {
        if (bColumn == 1)
        {
            MultiplyPanels(m, n, k, a, aRow, aColumn, b, bRow, c, cRow, accumulate);
        }
        else if (aColumn == 1)
        {
            MultiplyRows(m, n, k, a, aRow, b, bColumn, c, cRow, accumulate ? c : null, cRow, 1);
        }
        else
        {
            MultiplyPacked(m, n, k, a, aRow, aColumn, b, bColumn, c, cRow, accumulate);
        }
    }

    private static void MultiplyPanels(
        int m, int n, int k, float* a, int aRow, int aColumn, float* b, int bRow, float* c, int cRow, bool accumulate)
    {
        for (int j = 0; j < n; j += PanelColumns)
        {
            int columns = Math.Min(PanelColumns, n - j);
            for (int p = 0; p < k; p += PanelDepth)
            {
                var layout = new TileLayout(1, Math.Min(PanelDepth, k - p), aRow, aColumn, 0, bRow, cRow, cRow);
                float* start = accumulate || p > 0 ? c + j : null;
                MultiplyPanel(m, columns, layout, a + ((nint)p * aColumn), b + ((nint)p * bRow) + j, start, c + j);
            }
        }
    }

    /// <summary>Both operands transposed: each panel of B is transposed on the stack, and then is a panel like any other.</summary>
    [SkipLocalsInit]
    private static void MultiplyPacked(
        int m, int n, int k, float* a, int aRow, int aColumn, float* b, int bColumn, float* c, int cRow, bool accumulate)
    {
        float* panel = stackalloc float[PanelDepth * PanelColumns];
        for (int j = 0; j < n; j += PanelColumns)
        {
            int columns = Math.Min(PanelColumns, n - j);
            for (int p = 0; p < k; p += PanelDepth)
            {
                int depth = Math.Min(PanelDepth, k - p);
                for (int column = 0; column < columns; column++)
                {
                    float* source = b + ((nint)(j + column) * bColumn) + p;
                    for (int row = 0; row < depth; row++)
                    {
                        panel[(row * PanelColumns) + column] = source[row];
                    }
                }

                var layout = new TileLayout(1, depth, aRow, aColumn, 0, PanelColumns, cRow, cRow);
                MultiplyPanel(m, columns, layout, a + ((nint)p * aColumn), panel, accumulate || p > 0 ? c + j : null, c + j);
            }
        }
    }

    /// <summary>
    /// C[i][j] = start[i·startRow + j·startColumn] + Σ A[i][p]·B[j][p], with contiguous rows of A and of B.
    /// </summary>
    private static void MultiplyRows(
        int m, int n, int k, float* a, nint aRow, float* b, nint bRow, float* c, nint cRow, float* start, nint startRow, nint startColumn)
    {
        float* sums = stackalloc float[12];
        for (int j = 0; j < n; j += 3)
        {
            int columns = Math.Min(3, n - j);
            for (int i = 0; i < m; i += 4)
            {
                switch (m - i)
                {
                    case 1: RowTile<Constant1>(columns, k, a + (i * aRow), aRow, b + (j * bRow), bRow, sums); break;
                    case 2: RowTile<Constant2>(columns, k, a + (i * aRow), aRow, b + (j * bRow), bRow, sums); break;
                    case 3: RowTile<Constant3>(columns, k, a + (i * aRow), aRow, b + (j * bRow), bRow, sums); break;
                    default: RowTile<Constant4>(columns, k, a + (i * aRow), aRow, b + (j * bRow), bRow, sums); break;
                }

                for (int row = 0; row < Math.Min(4, m - i); row++)
                {
                    for (int column = 0; column < columns; column++)
                    {
                        float first = start == null ? 0 : start[((i + row) * startRow) + ((j + column) * startColumn)];
                        c[((i + row) * cRow) + j + column] = first + sums[(column * 4) + row];
                    }
                }
            }
        }
    }

    /// <summary>
    /// Up to 4 rows of A by 3 rows of B, a vector of products at a time: 12 accumulators, 3 vectors of B and 1 of A, all 16 registers of AVX2. If B has fewer
    /// rows left, its last row is repeated and the result is not used. The tail of a row is read under a mask. The sums go to [row of B][4 rows of A].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RowTile<TRows>(int columns, int k, float* a, nint aRow, float* b, nint bRow, float* sums)
        where TRows : IConstant
    {
        V c0 = default, c1 = default, c2 = default, c3 = default;
        V d0 = default, d1 = default, d2 = default, d3 = default;
        V e0 = default, e1 = default, e2 = default, e3 = default;
        float* bc = b;
        float* bd = columns > 1 ? b + bRow : b;
        float* be = columns > 2 ? bd + bRow : bd;
        float* a1 = TRows.Value > 1 ? a + aRow : a;
        float* a2 = TRows.Value > 2 ? a1 + aRow : a;
        float* a3 = TRows.Value > 3 ? a2 + aRow : a;
        int p = 0;
        for (; p <= k - V.Count; p += V.Count)
        {
            V y0 = V.Load(bc + p);
            V y1 = V.Load(bd + p);
            V y2 = V.Load(be + p);
            V x = V.Load(a + p);
            c0 = V.MultiplyAdd(x, y0, c0);
            d0 = V.MultiplyAdd(x, y1, d0);
            e0 = V.MultiplyAdd(x, y2, e0);
            if (TRows.Value > 1)
            {
                x = V.Load(a1 + p);
                c1 = V.MultiplyAdd(x, y0, c1);
                d1 = V.MultiplyAdd(x, y1, d1);
                e1 = V.MultiplyAdd(x, y2, e1);
            }

            if (TRows.Value > 2)
            {
                x = V.Load(a2 + p);
                c2 = V.MultiplyAdd(x, y0, c2);
                d2 = V.MultiplyAdd(x, y1, d2);
                e2 = V.MultiplyAdd(x, y2, e2);
            }

            if (TRows.Value > 3)
            {
                x = V.Load(a3 + p);
                c3 = V.MultiplyAdd(x, y0, c3);
                d3 = V.MultiplyAdd(x, y1, d3);
                e3 = V.MultiplyAdd(x, y2, e3);
            }
        }

        if (p < k)
        {
            V mask = V.Mask(k - p);
            V y0 = V.Load(bc + p, mask);
            V y1 = V.Load(bd + p, mask);
            V y2 = V.Load(be + p, mask);
            V x0 = V.Load(a + p, mask);
            V x1 = V.Load(a1 + p, mask);
            V x2 = V.Load(a2 + p, mask);
            V x3 = V.Load(a3 + p, mask);
            c0 = V.MultiplyAdd(x0, y0, c0);
            d0 = V.MultiplyAdd(x0, y1, d0);
            e0 = V.MultiplyAdd(x0, y2, e0);
            c1 = V.MultiplyAdd(x1, y0, c1);
            d1 = V.MultiplyAdd(x1, y1, d1);
            e1 = V.MultiplyAdd(x1, y2, e1);
            c2 = V.MultiplyAdd(x2, y0, c2);
            d2 = V.MultiplyAdd(x2, y1, d2);
            e2 = V.MultiplyAdd(x2, y2, e2);
            c3 = V.MultiplyAdd(x3, y0, c3);
            d3 = V.MultiplyAdd(x3, y1, d3);
            e3 = V.MultiplyAdd(x3, y2, e3);
        }

        V.SumLanes(c0, c1, c2, c3).Store(sums);
        V.SumLanes(d0, d1, d2, d3).Store(sums + 4);
        V.SumLanes(e0, e1, e2, e3).Store(sums + 8);
    }
}
