using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The gradient of a convolution's input by Winograd's algorithm: the transpose of the steps of VectorKernels.Winograd.cs,
// 
// gradient of 6×6 pixels  +=  B · [ (G · filter · Gᵀ) ⊙ (A · output gradient · Aᵀ) ] · Bᵀ
// 
// with as many products as the convolution itself, summed over the filters. The 6×6 pixels of neighbouring squares overlap, so they are added:
// in the image itself if it has no padding and nothing extends beyond its edge, otherwise in one with padding, which is copied back.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>Floats of the transformed filters for the backward pass.</summary>
    private static int WinogradBackwardLength(in ConvolutionGeometry g) =>
        checked((RoundUp(Folded(g).InputChannels) * WinogradPlaces * g.OutputChannels) + FoldedWeightsLength(g));

    /// <summary>G · filter · Gᵀ of all filters, to panels for the forward or backward pass, followed by folded filters.</summary>
    private static void PackSquares(in ConvolutionGeometry geometry, float* weight, bool isBack, float* panels)
    {
        ConvolutionGeometry g = Folded(geometry);
        if (geometry.StrideX > 1)
        {
            float* folded = panels + (WinogradPlaces * (isBack ? (nint)RoundUp(g.InputChannels) * g.OutputChannels : (nint)RoundUp(g.OutputChannels) * g.InputChannels));
            FoldWeights(geometry, weight, folded);
            weight = folded;
        }

        int taps = g.KernelHeight * g.KernelWidth;
        if (isBack)
        {
            PackWinograd(g.KernelHeight, g.OutputChannels, g.InputChannels, weight, taps, g.PatchLength, panels);
        }
        else
        {
            PackWinograd(g.KernelHeight, g.InputChannels, g.OutputChannels, weight, g.PatchLength, taps, panels);
        }
    }

    /// <summary>Some images.</summary>
    private static void WinogradInputGradient(in ConvolutionGeometry g, int images, float* outputGradient, float* panels, float* inputGradient, float* scratch)
    {
        if (Folded(g).KernelHeight == 3)
        {
            WinogradInputGradient<Squares4>(g, images, outputGradient, panels, inputGradient, scratch);
        }
        else
        {
            WinogradInputGradient<Squares2>(g, images, outputGradient, panels, inputGradient, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WinogradInputGradient<TSquares>(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* panels, float* inputGradient, float* scratch)
        where TSquares : ISquares
    {
        var parts = new WinogradInputScratch(geometry);
        ConvolutionGeometry g = Folded(geometry);
        int columns = SquareColumns(g);
        int squaresOfImage = SquareRows(g) * columns;
        nint imageRow = (nint)parts.ImageColumns * g.InputChannels;
        new Span<float>(inputGradient, checked(images * geometry.InputLength)).Clear();
        for (int firstImage = 0; firstImage < images; firstImage += parts.Images)
        {
            int imagesOfBlock = Math.Min(parts.Images, images - firstImage);
            float* gradients = outputGradient + ((nint)firstImage * g.OutputLength);
            float* target = inputGradient + ((nint)firstImage * geometry.InputLength);
            float* image = parts.ImageLength == 0 ? target : scratch + parts.Image;
            new Span<float>(scratch + parts.Image, imagesOfBlock * parts.ImageLength).Clear();
            int all = imagesOfBlock * squaresOfImage;
            for (int first = 0; first < all; first += parts.Block)
            {
                int count = Math.Min(parts.Block, all - first);
                for (int index = 0; index < count; index++)
                {
                    (int of, int square) = Math.DivRem(first + index, squaresOfImage);
                    TransformGradient<TSquares>(
                        g, 0, g.OutputChannels, square / columns * TSquares.Side, square % columns * TSquares.Side, gradients + ((nint)of * g.OutputLength),
                        scratch + parts.Gradients + ((nint)index * RoundUp(g.OutputChannels)), parts.GradientsOfPlace, scratch + parts.Rows);
                }

                for (int channel = 0; channel < g.InputChannels; channel += PanelColumns)
                {
                    int channels = Math.Min(PanelColumns, g.InputChannels - channel);
                    int width = RoundUp(channels);
                    float* panel = panels + ((nint)channel * WinogradPlaces * g.OutputChannels);
                    var layout = new TileLayout(1, g.OutputChannels, RoundUp(g.OutputChannels), 1, 0, width, 0, width);
                    for (int place = 0; place < WinogradPlaces; place++)
                    {
                        MultiplyPanel(
                            count, width, layout, scratch + parts.Gradients + (place * parts.GradientsOfPlace), panel + ((nint)place * g.OutputChannels * width), null,
                            scratch + parts.Products + (place * parts.ProductsOfPlace));
                    }

                    for (int index = 0; index < count; index++)
                    {
                        (int of, int square) = Math.DivRem(first + index, squaresOfImage);
                        (int row, int column) = Math.DivRem(square, columns);
                        float* corner = image + ((nint)of * parts.LengthOfImage) + (((row * imageRow) + ((nint)column * g.InputChannels)) * TSquares.Side) + channel;
                        AddPixels(channels, scratch + parts.Products + (index * width), parts.ProductsOfPlace, corner, imageRow, g.InputChannels, scratch + parts.Rows);
                    }
                }
            }

            for (int of = 0; of < imagesOfBlock && parts.ImageLength > 0; of++)
            {
                CopyFolded(geometry, parts.ImageColumns, target + ((nint)of * geometry.InputLength), image + ((nint)of * parts.ImageLength), isBack: true);
            }
        }
    }

    /// <summary>Adds B · products · Bᵀ of one square to its 6×6 pixels, for the channels of a panel.</summary>
    /// <param name="channels">The panel's channels.</param>
    /// <param name="products">The square's channels in the first place, padded to whole vectors.</param>
    /// <param name="next">Floats from a place to the next.</param>
    /// <param name="target">The upper left pixel, at the panel's first channel.</param>
    /// <param name="row">Floats from a row of the image to the next.</param>
    /// <param name="pixel">Floats from a pixel to the next.</param>
    /// <param name="half">36 vectors of scratch, for the result of the transform in one direction.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPixels(int channels, float* products, nint next, float* target, nint row, int pixel, float* half)
    {
        int channel = 0;
        for (; channel <= channels - V.Count; channel += V.Count)
        {
            AddPixels<WholeColumns>(default, products + channel, next, target + channel, row, pixel, half);
        }

        if (channel < channels)
        {
            AddPixels<SomeColumns>(V.Mask(channels - channel), products + channel, next, target + channel, row, pixel, half);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPixels<TColumns>(V mask, float* products, nint next, float* target, nint row, int pixel, float* half)
        where TColumns : IColumns
    {
        nint nextRow = WinogradSide * next;
        for (int x = 0; x < WinogradSide; x++)
        {
            float* source = products + (x * next);
            SpreadSix(
                V.Load(source), V.Load(source + nextRow), V.Load(source + (2 * nextRow)), V.Load(source + (3 * nextRow)), V.Load(source + (4 * nextRow)), V.Load(source + (5 * nextRow)),
                out V d0, out V d1, out V d2, out V d3, out V d4, out V d5);
            float* to = half + (x * V.Count);
            d0.Store(to);
            d1.Store(to + (WinogradSide * V.Count));
            d2.Store(to + (2 * WinogradSide * V.Count));
            d3.Store(to + (3 * WinogradSide * V.Count));
            d4.Store(to + (4 * WinogradSide * V.Count));
            d5.Store(to + (5 * WinogradSide * V.Count));
        }

        for (int y = 0; y < WinogradSide; y++, half += WinogradSide * V.Count, target += row)
        {
            SpreadSix(
                V.Load(half), V.Load(half + V.Count), V.Load(half + (2 * V.Count)), V.Load(half + (3 * V.Count)), V.Load(half + (4 * V.Count)), V.Load(half + (5 * V.Count)),
                out V d0, out V d1, out V d2, out V d3, out V d4, out V d5);
            TColumns.Store(target, mask, TColumns.Load(target, mask) + d0);
            TColumns.Store(target + pixel, mask, TColumns.Load(target + pixel, mask) + d1);
            TColumns.Store(target + (2 * pixel), mask, TColumns.Load(target + (2 * pixel), mask) + d2);
            TColumns.Store(target + (3 * pixel), mask, TColumns.Load(target + (3 * pixel), mask) + d3);
            TColumns.Store(target + (4 * pixel), mask, TColumns.Load(target + (4 * pixel), mask) + d4);
            TColumns.Store(target + (5 * pixel), mask, TColumns.Load(target + (5 * pixel), mask) + d5);
        }
    }

    /// <summary>B times six values: the transpose of <see cref="TransformSix"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SpreadSix(V t0, V t1, V t2, V t3, V t4, V t5, out V d0, out V d1, out V d2, out V d3, out V d4, out V d5)
    {
        V half = V.Create(HalfRoot);
        V root = V.Create(RootOfTwo);
        V middle = V.Create(2.5f);
        V evenNear = t1 + t2;
        V evenFar = t3 + t4;
        V oddNear = t1 - t2;
        V oddFar = t3 - t4;
        d0 = t0;
        d1 = V.MultiplyAddNegated(root, oddNear, V.MultiplyAddNegated(half, oddFar, t5));
        d2 = V.Zero - V.MultiplyAdd(middle, t0, V.MultiplyAdd(V.Create(0.5f), evenFar, evenNear + evenNear));
        d3 = V.MultiplyAdd(half, oddNear, V.MultiplySubtract(root, oddFar, middle * t5));
        d4 = t0 + evenNear + evenFar;
        d5 = t5;
    }

    /// <summary>The layout of the scratch of Winograd's input gradient; in floats.</summary>
    private readonly struct WinogradInputScratch
    {
        public WinogradInputScratch(in ConvolutionGeometry geometry)
        {
            ConvolutionGeometry g = Folded(geometry);
            ImageColumns = checked((SquareColumns(g) * SquareSide(g)) + g.KernelWidth - 1);
            ImageLength = SquaresImageLength(geometry);
            LengthOfImage = ImageLength == 0 ? geometry.InputLength : ImageLength;
            Block = SquaresOfBlock(RoundUp(g.OutputChannels), WinogradBlockFloats);
            GradientsOfPlace = checked((Block * RoundUp(g.OutputChannels)) + WinogradGap);
            ProductsOfPlace = checked((Block * PanelColumns) + WinogradGap);
            Images = (int)Math.Max(1, Block / SquaresOf(g));
            Image = 0;
            Rows = checked(Images * ImageLength);
            Gradients = checked(Rows + (WinogradPlaces * V.Count));
            Products = checked(Gradients + (WinogradPlaces * GradientsOfPlace));
            Length = checked(Products + (WinogradPlaces * ProductsOfPlace));
        }

        /// <summary>Squares that are worked on at a time.</summary>
        public int Block { get; }

        /// <summary>Images that are processed at a time; their squares form one block, or the squares of one image form several blocks.</summary>
        public int Images { get; }

        /// <summary>Columns of the image with everything that its squares see.</summary>
        public int ImageColumns { get; }

        /// <summary>Floats of such an image; 0 if the gradient is added up in place.</summary>
        public int ImageLength { get; }

        /// <summary>Floats from one image, in which the gradient is added up, to the next.</summary>
        public int LengthOfImage { get; }

        /// <summary>Floats from the transformed gradients of a place to the next one's.</summary>
        public int GradientsOfPlace { get; }

        /// <summary>Floats from the products of a place to the next one's.</summary>
        public int ProductsOfPlace { get; }

        /// <summary>The images with their padding.</summary>
        public int Image { get; }

        /// <summary>A square that is transformed in one direction.</summary>
        public int Rows { get; }

        /// <summary>The transformed gradients, [place][square][filter].</summary>
        public int Gradients { get; }

        /// <summary>The products of a panel, [place][square][channel].</summary>
        public int Products { get; }

        public int Length { get; }
    }
}
