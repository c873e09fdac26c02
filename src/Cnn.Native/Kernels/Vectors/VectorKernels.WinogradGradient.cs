using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The gradient of a convolution's weights by Winograd's algorithm, with as few products as the convolution itself
// (VectorKernels.Winograd.cs). The convolution is linear in the filter, so its gradient is the transpose of the same steps:
// 
// filter's gradient = Gᵀ · Σ over squares [ (A · output gradient · Aᵀ) ⊙ (Bᵀ · pixels · B) ] · G
// 
// For each of the 36 places the sum is a matrix product, [channels][squares] · [squares][filters]. It stays transformed
// until all shards are added, and Gᵀ · … · G is computed once.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>
    /// Floats of squares that are processed at a time: 1280 KB. All sums pass through the cache once for each block, so the block is larger than that of the
    /// convolution.
    /// </summary>
    private const int WinogradGradientBlockFloats = 2 * WinogradBlockFloats;

    /// <summary>Floats of the transformed sums: panels of two vectors of filters, each [place][channel][filter].</summary>
    private static int WinogradSumsLength(in ConvolutionGeometry g) => checked(RoundUp(g.OutputChannels) * WinogradPlaces * Folded(g).InputChannels);

    /// <summary>Adds some images' gradient to the transformed sums, or starts new sums.</summary>
    private static void AddWinogradWeightGradient(
        in ConvolutionGeometry g, int images, float* input, float* outputGradient, bool isFirst, float* sums, float* scratch)
    {
        if (Folded(g).KernelHeight == 3)
        {
            AddWinogradWeightGradient<Squares4>(g, images, input, outputGradient, isFirst, sums, scratch);
        }
        else
        {
            AddWinogradWeightGradient<Squares2>(g, images, input, outputGradient, isFirst, sums, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWinogradWeightGradient<TSquares>(
        in ConvolutionGeometry geometry, int images, float* input, float* outputGradient, bool isFirst, float* sums, float* scratch)
        where TSquares : ISquares
    {
        var parts = new WinogradScratch(geometry, WinogradGradientBlockFloats);
        ConvolutionGeometry g = Folded(geometry);
        float* gradients = scratch + parts.Products;
        int columns = SquareColumns(g);
        int squaresOfImage = SquareRows(g) * columns;
        long all = (long)images * squaresOfImage;
        new Span<float>(scratch + parts.Image, parts.ImageLength).Clear();
        for (long first = 0; first < all; first += parts.Block)
        {
            int count = (int)Math.Min(parts.Block, all - first);
            TransformSquares(geometry, parts, first, count, input, scratch);
            for (int filter = 0; filter < g.OutputChannels; filter += PanelColumns)
            {
                int filters = Math.Min(PanelColumns, g.OutputChannels - filter);
                int width = RoundUp(filters);
                for (int index = 0; index < count; index++)
                {
                    (long image, long square) = Math.DivRem(first + index, squaresOfImage);
                    (long row, long column) = Math.DivRem(square, columns);
                    TransformGradient<TSquares>(
                        g, filter, filters, (int)row * TSquares.Side, (int)column * TSquares.Side,
                        outputGradient + ((nint)image * g.OutputLength), gradients + (index * width), parts.ProductsOfPlace, scratch + parts.Rows);
                }

                // The rows of a tile are channels, and its products those of all squares.
                var layout = new TileLayout(1, count, 1, g.InputChannels, 0, width, width, width);
                float* panel = sums + ((nint)filter * WinogradPlaces * g.InputChannels);
                for (int place = 0; place < WinogradPlaces; place++)
                {
                    float* sum = panel + ((nint)place * g.InputChannels * width);
                    MultiplyPanel(
                        g.InputChannels, width, layout, scratch + parts.Pixels + (place * parts.PixelsOfPlace), gradients + (place * parts.ProductsOfPlace),
                        isFirst && first == 0 ? null : sum, sum);
                }
            }
        }
    }

    /// <summary>A · output gradient · Aᵀ of one square, for some filters.</summary>
    /// <param name="g">The sizes.</param>
    /// <param name="filter">The first filter.</param>
    /// <param name="filters">Number of filters.</param>
    /// <param name="y">The square's first row in the output.</param>
    /// <param name="x">The square's first column in the output.</param>
    /// <param name="outputGradient">The image's output gradient, [row][column][filter]; parts of the square outside it count as zero.</param>
    /// <param name="target">The square's filters in the first place, padded with zeros to whole vectors.</param>
    /// <param name="next">Floats from a place to the next.</param>
    /// <param name="half">24 vectors of scratch, for the result of the transform in one direction.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformGradient<TSquares>(
        in ConvolutionGeometry g, int filter, int filters, int y, int x, float* outputGradient, float* target, nint next, float* half)
        where TSquares : ISquares
    {
        int rows = Math.Min(TSquares.Side, g.OutputHeight - y);
        int columns = Math.Min(TSquares.Side, g.OutputWidth - x);
        nint row = (nint)g.OutputWidth * g.OutputChannels;
        outputGradient += (y * row) + ((nint)x * g.OutputChannels) + filter;
        for (int lane = 0; lane < filters; lane += V.Count)
        {
            V mask = V.Mask(filters - lane);
            for (int column = 0; column < TSquares.Side; column++)
            {
                // An empty mask accesses no memory.
                V inside = column < columns ? mask : V.Zero;
                float* source = outputGradient + ((nint)column * g.OutputChannels) + lane;
                SpreadSquare<TSquares>(
                    V.Load(source, inside),
                    rows > 1 ? V.Load(source + row, inside) : default,
                    TSquares.Side == 4 && rows > 2 ? V.Load(source + (2 * row), inside) : default,
                    TSquares.Side == 4 && rows > 3 ? V.Load(source + (3 * row), inside) : default,
                    half + (column * V.Count), TSquares.Side * V.Count);
            }

            for (int place = 0; place < WinogradSide; place++)
            {
                float* source = half + (place * TSquares.Side * V.Count);
                SpreadSquare<TSquares>(
                    V.Load(source),
                    V.Load(source + V.Count),
                    TSquares.Side == 4 ? V.Load(source + (2 * V.Count)) : default,
                    TSquares.Side == 4 ? V.Load(source + (3 * V.Count)) : default,
                    target + (place * WinogradSide * next) + lane, next);
            }
        }
    }

    /// <summary>A times two or four values: the transpose of <see cref="SumSix"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SpreadSquare<TSquares>(V y0, V y1, V y2, V y3, float* target, nint next)
        where TSquares : ISquares
    {
        bool isFour = TSquares.Side == 4;
        V even = isFour ? V.MultiplyAdd(V.Create(0.5f), y2, y0) : y0;
        V odd = (isFour ? V.MultiplyAdd(V.Create(0.5f), y3, y1) : y1) * V.Create(HalfRoot);
        y0.Store(target);
        (even + odd).Store(target + next);
        (even - odd).Store(target + (2 * next));
        even = isFour ? V.MultiplyAdd(V.Create(2f), y2, y0) : y0;
        odd = (isFour ? V.MultiplyAdd(V.Create(2f), y3, y1) : y1) * V.Create(RootOfTwo);
        (even + odd).Store(target + (3 * next));
        (even - odd).Store(target + (4 * next));
        (isFour ? y3 : y1).Store(target + (5 * next));
    }

    /// <summary>Gᵀ · sums · G, added to [filter][channel][ky][kx].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddUnpackedSquares(in ConvolutionGeometry geometry, float* sums, float* weightGradient)
    {
        ConvolutionGeometry g = Folded(geometry);
        int side = g.KernelHeight;
        float* half = stackalloc float[WinogradSide * 5 * V.Count];
        float* filter = stackalloc float[25 * V.Count];
        for (int first = 0; first < g.OutputChannels; first += V.Count)
        {
            int panel = first / PanelColumns * PanelColumns;
            nint width = RoundUp(Math.Min(PanelColumns, g.OutputChannels - panel));
            nint nextPlace = g.InputChannels * width;
            int lanes = Math.Min(V.Count, g.OutputChannels - first);
            float* source = sums + ((nint)panel * WinogradPlaces * g.InputChannels) + first - panel;
            for (int channel = 0; channel < g.InputChannels; channel++, source += width)
            {
                for (int column = 0; column < WinogradSide; column++)
                {
                    SumPoints(side, source + (column * nextPlace), WinogradSide * nextPlace, half + (column * V.Count), WinogradSide * V.Count);
                }

                for (int row = 0; row < side; row++)
                {
                    SumPoints(side, half + (row * WinogradSide * V.Count), V.Count, filter + (row * side * V.Count), V.Count);
                }

                for (int lane = 0; lane < lanes; lane++)
                {
                    float* target = weightGradient + ((nint)(first + lane) * geometry.PatchLength);
                    for (int tap = 0; tap < side * side; tap++)
                    {
                        int place = TapOf(geometry, channel, tap);
                        if (place >= 0)
                        {
                            target[place] += filter[(tap * V.Count) + lane];
                        }
                    }
                }
            }
        }
    }

    /// <summary>Gᵀ times six values, to three or five: the transpose of <see cref="EvaluateFilter"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumPoints(int side, float* source, nint next, float* target, nint targetNext)
    {
        V s1 = V.Load(source + next);
        V s2 = V.Load(source + (2 * next));
        V s3 = V.Load(source + (3 * next));
        V s4 = V.Load(source + (4 * next));
        V last = V.Load(source + (5 * next));
        V evenNear = (s1 + s2) * V.Create(-2f / 3);
        V oddNear = (s1 - s2) * V.Create(-2f / 3 * HalfRoot);
        V evenFar = (s3 + s4) * V.Create(1f / 6);
        V oddFar = (s3 - s4) * V.Create(RootOfTwo / 6);
        (V.Load(source) + evenNear + evenFar).Store(target);
        (oddNear + oddFar).Store(target + targetNext);
        V third = V.MultiplyAdd(V.Create(0.5f), evenNear, evenFar + evenFar);
        if (side == 3)
        {
            (third + last).Store(target + (2 * targetNext));
            return;
        }

        third.Store(target + (2 * targetNext));
        V.MultiplyAdd(V.Create(0.5f), oddNear, oddFar + oddFar).Store(target + (3 * targetNext));
        V.MultiplyAdd(V.Create(0.25f), evenNear, V.MultiplyAdd(V.Create(4f), evenFar, last)).Store(target + (4 * targetNext));
    }
}
