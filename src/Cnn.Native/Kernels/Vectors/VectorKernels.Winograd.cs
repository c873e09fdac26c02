using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Convolution with fewer products, for square filters of 3×3 or 5×5 and many channels (Winograd's minimal filtering:
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016). The output is cut into squares of 4×4 pixels for filters of
// 3×3, and of 2×2 pixels for filters of 5×5. Each square depends on 6×6 pixels of the input:
// 
// output square = Aᵀ · [ (G · filter · Gᵀ) ⊙ (Bᵀ · pixels · B) ] · A
// 
// The product ⊙ consists of 36 elementwise products, summed over the channels: for each of the 36 places one matrix product,
// [squares][channels] · [channels][filters], which the register tiles compute. A 4×4 square takes 36 products a channel instead of 144,
// and a 2×2 square of 5×5 filters takes 36 instead of 100.
// 
// A, B and G follow from six points at which polynomials are evaluated (Toom and Cook). The points here are 0, ±√½, ±√2 and infinity: their powers
// stay near 1, so the error is about twice that of a plain sum, while the usual points 0, ±1, ±2 give four to five times (compare Barabasz, Anderson,
// Soodhalter and Gregg, "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks", 2020).
// 
// With a stride of 2 the image is folded first (VectorKernels.FoldedConvolution.cs), which leaves a convolution with stride 1.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>Rows and columns of the input that a square of the output depends on.</summary>
    private const int WinogradSide = 6;

    /// <summary>Places of a transformed square.</summary>
    private const int WinogradPlaces = WinogradSide * WinogradSide;

    /// <summary>With fewer channels or filters than this, the transforms dominate.</summary>
    private const int LeastWinogradChannels = 16;

    /// <summary>Floats of squares that are processed at a time, inputs and products together: 640 KB, part of a second-level cache.</summary>
    private const int WinogradBlockFloats = 160 * 1024;

    /// <summary>Padding between two places in floats, so that they do not map to the same lines of a cache.</summary>
    private const int WinogradGap = 16;

    private const float HalfRoot = 0.70710678f;
    private const float RootOfTwo = 1.41421356f;

    /// <summary>Whether a convolution uses Winograd's algorithm: this depends only on the sizes of one image, so an image has the same bits alone and among others.</summary>
    private static bool IsWinograd(in ConvolutionGeometry g)
    {
        if (!g.IsPlain || g.StrideY != g.StrideX || g.StrideY > 2 || g.KernelHeight != g.KernelWidth)
        {
            return false;
        }

        ConvolutionGeometry folded = Folded(g);
        if (folded.KernelHeight is not (3 or 5) || Math.Min(folded.InputChannels, folded.OutputChannels) < LeastWinogradChannels)
        {
            return false;
        }

        // Squares that extend beyond the edge waste products; the transforms cost about as much again.
        return 2L * WinogradPlaces * SquaresOf(folded) * folded.InputChannels <= (long)g.OutputPixels * g.PatchLength;
    }

    /// <summary>Rows and columns of a square of the output.</summary>
    private static int SquareSide(in ConvolutionGeometry g) => WinogradSide + 1 - g.KernelHeight;

    private static int SquareRows(in ConvolutionGeometry g) => (g.OutputHeight + SquareSide(g) - 1) / SquareSide(g);

    private static int SquareColumns(in ConvolutionGeometry g) => (g.OutputWidth + SquareSide(g) - 1) / SquareSide(g);

    private static long SquaresOf(in ConvolutionGeometry g) => (long)SquareRows(g) * SquareColumns(g);

    /// <summary>Floats of the folded image with its padding and everything that its squares see; 0 if the image is used unchanged.</summary>
    private static int SquaresImageLength(in ConvolutionGeometry geometry)
    {
        ConvolutionGeometry g = Folded(geometry);
        int rows = checked((SquareRows(g) * SquareSide(g)) + g.KernelHeight - 1);
        int columns = checked((SquareColumns(g) * SquareSide(g)) + g.KernelWidth - 1);
        bool isImageItself = rows == geometry.InputHeight && columns == geometry.InputWidth && geometry.StrideX == 1;
        return isImageItself ? 0 : checked(rows * columns * g.InputChannels);
    }

    /// <summary>The number of squares that are processed at a time: whole tiles of them.</summary>
    private static int SquaresOfBlock(int channels, int blockFloats) =>
        Math.Max(1, blockFloats / checked(WinogradPlaces * (channels + PanelColumns)) / NarrowRows) * NarrowRows;

    /// <summary>Floats of the transformed filters, and of the biases before them.</summary>
    private static int WinogradPanelsLength(in ConvolutionGeometry g) =>
        checked((RoundUp(g.OutputChannels) * ((WinogradPlaces * Folded(g).InputChannels) + 1)) + FoldedWeightsLength(g));

    /// <summary>Some images.</summary>
    private static void WinogradConvolve(in ConvolutionGeometry g, int images, float* input, float* packed, float* output, float* scratch)
    {
        if (Folded(g).KernelHeight == 3)
        {
            WinogradConvolve<Squares4>(g, images, input, packed, output, scratch);
        }
        else
        {
            WinogradConvolve<Squares2>(g, images, input, packed, output, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WinogradConvolve<TSquares>(
        in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch)
        where TSquares : ISquares
    {
        var parts = new WinogradScratch(geometry, WinogradBlockFloats);
        ConvolutionGeometry g = Folded(geometry);
        float* panels = packed + RoundUp(g.OutputChannels);
        float* pixels = scratch + parts.Pixels;
        float* products = scratch + parts.Products;
        int columns = SquareColumns(g);
        int squaresOfImage = SquareRows(g) * columns;
        long all = (long)images * squaresOfImage;
        new Span<float>(scratch + parts.Image, parts.ImageLength).Clear();
        for (long first = 0; first < all; first += parts.Block)
        {
            int count = (int)Math.Min(parts.Block, all - first);
            TransformSquares(geometry, parts, first, count, input, scratch);

            // A panel's filters for one place stay in the cache while all squares of the block are processed.
            for (int filter = 0; filter < g.OutputChannels; filter += PanelColumns)
            {
                int filters = Math.Min(PanelColumns, g.OutputChannels - filter);
                int width = RoundUp(filters);
                float* panel = panels + ((nint)filter * WinogradPlaces * g.InputChannels);
                var layout = new TileLayout(1, g.InputChannels, g.InputChannels, 1, 0, width, 0, width);
                for (int place = 0; place < WinogradPlaces; place++)
                {
                    MultiplyPanel(
                        count, width, layout, pixels + (place * parts.PixelsOfPlace), panel + ((nint)place * g.InputChannels * width), null, products + (place * parts.ProductsOfPlace));
                }

                for (int index = 0; index < count; index++)
                {
                    (long image, long square) = Math.DivRem(first + index, squaresOfImage);
                    (long row, long column) = Math.DivRem(square, columns);
                    int y = (int)row * TSquares.Side;
                    int x = (int)column * TSquares.Side;
                    TransformProducts<TSquares>(
                        g, filter, filters, y, x, products + (index * width), parts.ProductsOfPlace, packed + filter, output + ((nint)image * g.OutputLength), scratch + parts.Rows);
                }
            }
        }
    }

    /// <summary>Bᵀ · pixels · B of some squares in the order of the images, to [place][square][channel].</summary>
    private static void TransformSquares(in ConvolutionGeometry geometry, in WinogradScratch parts, long first, int count, float* input, float* scratch)
    {
        ConvolutionGeometry g = Folded(geometry);
        int columns = SquareColumns(g);
        int side = SquareSide(g);
        float* target = scratch + parts.Pixels;
        float* source = null;
        long sourceImage = -1;
        for (long index = first; index < first + count; index++, target += g.InputChannels)
        {
            (long image, long square) = Math.DivRem(index, SquaresOf(g));
            if (image != sourceImage)
            {
                source = ImageOfSquares(geometry, parts.ImageLength, parts.ImageColumns, input + ((nint)image * geometry.InputLength), scratch + parts.Image);
                sourceImage = image;
            }

            (long row, long column) = Math.DivRem(square, columns);
            float* corner = source + (nint)(((row * parts.ImageColumns) + column) * side * g.InputChannels);
            TransformPixels(corner, (nint)parts.ImageColumns * g.InputChannels, g.InputChannels, target, parts.PixelsOfPlace, scratch + parts.Rows);
        }
    }

    /// <summary>
    /// The image, folded, with its padding, and zeros where the last squares extend beyond the edge; the image itself if it is used unchanged. The area
    /// around the image in <paramref name="target"/> is already zero, and stays zero from one image to the next.
    /// </summary>
    private static float* ImageOfSquares(in ConvolutionGeometry g, int length, int columns, float* image, float* target)
    {
        if (length == 0)
        {
            return image;
        }

        CopyFolded(g, columns, image, target, isBack: false);
        return target;
    }

    /// <summary>Bᵀ · pixels · B of one square: [6][6][channel] in rows of an image to [place][channel].</summary>
    /// <param name="source">The upper left pixel.</param>
    /// <param name="row">Floats from a row of the image to the next.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="target">The square's channels in the first place.</param>
    /// <param name="next">Floats from a place to the next.</param>
    /// <param name="half">36 vectors of scratch, for the result of the transform in one direction.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformPixels(float* source, nint row, int channels, float* target, nint next, float* half)
    {
        int channel = 0;
        for (; channel <= channels - V.Count; channel += V.Count)
        {
            TransformPixels<WholeColumns>(source + channel, row, channels, default, target + channel, next, half);
        }

        if (channel < channels)
        {
            TransformPixels<SomeColumns>(source + channel, row, channels, V.Mask(channels - channel), target + channel, next, half);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransformPixels<TColumns>(float* source, nint row, int channels, V mask, float* target, nint next, float* half)
        where TColumns : IColumns
    {
        for (int x = 0; x < WinogradSide; x++)
        {
            float* pixel = source + (x * channels);
            TransformSix(
                TColumns.Load(pixel, mask),
                TColumns.Load(pixel + row, mask),
                TColumns.Load(pixel + (2 * row), mask),
                TColumns.Load(pixel + (3 * row), mask),
                TColumns.Load(pixel + (4 * row), mask),
                TColumns.Load(pixel + (5 * row), mask),
                out V t0, out V t1, out V t2, out V t3, out V t4, out V t5);
            float* to = half + (x * V.Count);
            t0.Store(to);
            t1.Store(to + (WinogradSide * V.Count));
            t2.Store(to + (2 * WinogradSide * V.Count));
            t3.Store(to + (3 * WinogradSide * V.Count));
            t4.Store(to + (4 * WinogradSide * V.Count));
            t5.Store(to + (5 * WinogradSide * V.Count));
        }

        for (int y = 0; y < WinogradSide; y++, half += WinogradSide * V.Count, target += WinogradSide * next)
        {
            TransformSix(
                V.Load(half),
                V.Load(half + V.Count),
                V.Load(half + (2 * V.Count)),
                V.Load(half + (3 * V.Count)),
                V.Load(half + (4 * V.Count)),
                V.Load(half + (5 * V.Count)),
                out V t0, out V t1, out V t2, out V t3, out V t4, out V t5);
            TColumns.Store(target, mask, t0);
            TColumns.Store(target + next, mask, t1);
            TColumns.Store(target + (2 * next), mask, t2);
            TColumns.Store(target + (3 * next), mask, t3);
            TColumns.Store(target + (4 * next), mask, t4);
            TColumns.Store(target + (5 * next), mask, t5);
        }
    }

    /// <summary>Bᵀ times six values: the rows are the coefficients of Π (x − point) over all points but one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransformSix(V d0, V d1, V d2, V d3, V d4, V d5, out V t0, out V t1, out V t2, out V t3, out V t4, out V t5)
    {
        V half = V.Create(HalfRoot);
        V root = V.Create(RootOfTwo);
        V middle = V.Create(2.5f);
        V even = V.MultiplyAddNegated(V.Create(2f), d2, d4);
        V odd = V.MultiplySubtract(half, d3, root * d1);
        t0 = V.MultiplyAddNegated(middle, d2, d0 + d4);
        t1 = even + odd;
        t2 = even - odd;
        even = V.MultiplyAddNegated(V.Create(0.5f), d2, d4);
        odd = V.MultiplySubtract(root, d3, half * d1);
        t3 = even + odd;
        t4 = even - odd;
        t5 = V.MultiplyAddNegated(middle, d3, d1 + d5);
    }

    /// <summary>Aᵀ · products · A plus bias of one square, for the filters of a panel.</summary>
    /// <param name="g">The sizes.</param>
    /// <param name="filter">The panel's first filter.</param>
    /// <param name="filters">The panel's filters.</param>
    /// <param name="y">The square's first row in the output.</param>
    /// <param name="x">The square's first column in the output.</param>
    /// <param name="products">The square's filters in the first place, padded to whole vectors.</param>
    /// <param name="next">Floats from a place to the next.</param>
    /// <param name="bias">The panel's biases, padded likewise.</param>
    /// <param name="output">The image's output, [row][column][filter]; parts of the square outside it are not written.</param>
    /// <param name="half">36 vectors of scratch, for the result of the transform in one direction.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformProducts<TSquares>(
        in ConvolutionGeometry g, int filter, int filters, int y, int x, float* products, nint next, float* bias, float* output, float* half)
        where TSquares : ISquares
    {
        nint nextRow = WinogradSide * next;
        int rows = Math.Min(TSquares.Side, g.OutputHeight - y);
        int columns = Math.Min(TSquares.Side, g.OutputWidth - x);
        nint outputRow = (nint)g.OutputWidth * g.OutputChannels;
        output += (y * outputRow) + ((nint)x * g.OutputChannels) + filter;
        for (int lane = 0; lane < filters; lane += V.Count)
        {
            for (int column = 0; column < WinogradSide; column++)
            {
                float* source = products + (column * next) + lane;
                SumSix<TSquares>(
                    V.Load(source), V.Load(source + nextRow), V.Load(source + (2 * nextRow)), V.Load(source + (3 * nextRow)), V.Load(source + (4 * nextRow)), V.Load(source + (5 * nextRow)),
                    out V y0, out V y1, out V y2, out V y3);
                float* to = half + (column * V.Count);
                y0.Store(to);
                y1.Store(to + (WinogradSide * V.Count));
                if (TSquares.Side == 4)
                {
                    y2.Store(to + (2 * WinogradSide * V.Count));
                    y3.Store(to + (3 * WinogradSide * V.Count));
                }
            }

            V offset = V.Load(bias + lane);
            V mask = V.Mask(filters - lane);
            for (int row = 0; row < rows; row++)
            {
                float* source = half + (row * WinogradSide * V.Count);
                float* to = output + (row * outputRow) + lane;
                SumSix<TSquares>(
                    V.Load(source), V.Load(source + V.Count), V.Load(source + (2 * V.Count)), V.Load(source + (3 * V.Count)), V.Load(source + (4 * V.Count)), V.Load(source + (5 * V.Count)),
                    out V y0, out V y1, out V y2, out V y3);
                (y0 + offset).Store(to, mask);
                if (columns > 1)
                {
                    (y1 + offset).Store(to + g.OutputChannels, mask);
                }

                if (TSquares.Side == 4 && columns > 2)
                {
                    (y2 + offset).Store(to + (2 * g.OutputChannels), mask);
                }

                if (TSquares.Side == 4 && columns > 3)
                {
                    (y3 + offset).Store(to + (3 * g.OutputChannels), mask);
                }
            }
        }
    }

    /// <summary>Aᵀ times six values: row i has the i-th powers of the points, and infinity counts in the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumSix<TSquares>(V m0, V m1, V m2, V m3, V m4, V m5, out V y0, out V y1, out V y2, out V y3)
        where TSquares : ISquares
    {
        V evenNear = m1 + m2;
        V evenFar = m3 + m4;
        V oddNear = m1 - m2;
        V oddFar = m3 - m4;
        y0 = m0 + evenNear + evenFar;
        y1 = V.MultiplyAdd(V.Create(HalfRoot), oddNear, V.Create(RootOfTwo) * oddFar);
        if (TSquares.Side == 2)
        {
            y1 += m5;
            y2 = default;
            y3 = default;
            return;
        }

        y2 = V.MultiplyAdd(V.Create(0.5f), evenNear, evenFar + evenFar);
        y3 = V.MultiplyAdd(V.Create(HalfRoot / 2), oddNear, V.MultiplyAdd(V.Create(2 * RootOfTwo), oddFar, m5));
    }

    /// <summary>G · filter · Gᵀ of all filters, to panels of two vectors of filters, each [place][channel][filter], padded with zeros.</summary>
    /// <param name="side">Rows and columns of a filter.</param>
    /// <param name="channels">The channels over which products are summed.</param>
    /// <param name="filters">The filters.</param>
    /// <param name="weight">The weights, from which a filter's taps for a channel are read in place.</param>
    /// <param name="filterStride">Floats from a filter's weights to the next one's.</param>
    /// <param name="channelStride">Floats from a channel's weights to the next one's.</param>
    /// <param name="panels">The panels.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackWinograd(int side, int channels, int filters, float* weight, int filterStride, int channelStride, float* panels)
    {
        float* half = stackalloc float[WinogradSide * 5 * V.Count];
        for (int filter = 0; filter < filters; filter += V.Count)
        {
            int first = filter / PanelColumns * PanelColumns;
            nint width = RoundUp(Math.Min(PanelColumns, filters - first));
            V mask = V.Mask(filters - filter);
            V strides = Strides(filterStride, mask);
            float* target = panels + ((nint)first * WinogradPlaces * channels) + filter - first;
            for (int channel = 0; channel < channels; channel++, target += width)
            {
                float* source = weight + ((nint)filter * filterStride) + ((nint)channel * channelStride);
                for (int column = 0; column < side; column++)
                {
                    V Tap(int row)
                    {
                        return row < side ? V.Gather((int*)(source + (row * side) + column), strides) & mask : default;
                    }

                    EvaluateFilter(side, Tap(0), Tap(1), Tap(2), Tap(3), Tap(4), half + (column * V.Count), 5 * V.Count);
                }

                for (int row = 0; row < WinogradSide; row++)
                {
                    float* taken = half + (row * 5 * V.Count);
                    V last = side == 5 ? V.Load(taken + (4 * V.Count)) : default;
                    V fourth = side == 5 ? V.Load(taken + (3 * V.Count)) : default;
                    EvaluateFilter(
                        side, V.Load(taken), V.Load(taken + V.Count), V.Load(taken + (2 * V.Count)), fourth, last,
                        target + (row * WinogradSide * channels * width), channels * width);
                }
            }
        }
    }

    /// <summary>G times three or five values, the coefficients of a polynomial: its values at the points, divided by Π (point − other point).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EvaluateFilter(int side, V g0, V g1, V g2, V g3, V g4, float* target, nint next)
    {
        V even = V.MultiplyAdd(V.Create(0.25f), g4, V.MultiplyAdd(V.Create(0.5f), g2, g0)) * V.Create(-2f / 3);
        V odd = V.MultiplyAdd(V.Create(0.5f), g3, g1) * V.Create(-2f / 3 * HalfRoot);
        g0.Store(target);
        (even + odd).Store(target + next);
        (even - odd).Store(target + (2 * next));
        even = V.MultiplyAdd(V.Create(4f), g4, V.MultiplyAdd(V.Create(2f), g2, g0)) * V.Create(1f / 6);
        odd = V.MultiplyAdd(V.Create(2f), g3, g1) * V.Create(RootOfTwo / 6);
        (even + odd).Store(target + (3 * next));
        (even - odd).Store(target + (4 * next));
        (side == 5 ? g4 : g2).Store(target + (5 * next));
    }

    /// <summary>The size of the squares as a type.</summary>
    private interface ISquares
    {
        static abstract int Side { get; }
    }

    private readonly struct Squares2 : ISquares
    {
        public static int Side => 2;
    }

    private readonly struct Squares4 : ISquares
    {
        public static int Side => 4;
    }

    /// <summary>The layout of the scratch of Winograd's convolution; in floats.</summary>
    private readonly struct WinogradScratch
    {
        public WinogradScratch(in ConvolutionGeometry geometry, int blockFloats)
        {
            ConvolutionGeometry g = Folded(geometry);
            ImageColumns = checked((SquareColumns(g) * SquareSide(g)) + g.KernelWidth - 1);
            ImageLength = SquaresImageLength(geometry);
            Block = SquaresOfBlock(g.InputChannels, blockFloats);
            PixelsOfPlace = checked((Block * g.InputChannels) + WinogradGap);
            ProductsOfPlace = checked((Block * PanelColumns) + WinogradGap);
            Image = 0;
            Rows = ImageLength;
            Pixels = checked(Rows + (WinogradPlaces * V.Count));
            Products = checked(Pixels + (WinogradPlaces * PixelsOfPlace));
            Length = checked(Products + (WinogradPlaces * ProductsOfPlace));
        }

        /// <summary>Squares that are worked on at a time.</summary>
        public int Block { get; }

        /// <summary>Columns of the image with everything that its squares see.</summary>
        public int ImageColumns { get; }

        /// <summary>Floats of such an image; 0 if the image is used unchanged.</summary>
        public int ImageLength { get; }

        /// <summary>Floats from the transformed pixels of a place to the next one's.</summary>
        public int PixelsOfPlace { get; }

        /// <summary>Floats from the products of a place to the next one's.</summary>
        public int ProductsOfPlace { get; }

        /// <summary>The folded image with its padding.</summary>
        public int Image { get; }

        /// <summary>A square that is transformed in one direction.</summary>
        public int Rows { get; }

        /// <summary>The transformed pixels, [place][square][channel].</summary>
        public int Pixels { get; }

        /// <summary>The products of a panel, or the transformed gradients, [place][square][filter].</summary>
        public int Products { get; }

        public int Length { get; }
    }
}
