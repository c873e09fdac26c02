using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The gradient of a convolution's weights, image by image. The dense way is
// [ky, kx, channel][filter] += patchesᵀ [ky, kx, channel][pixels] · outputGradient [pixels][filter],
// which reads the patches in place. Where most of the gradient is zero, it is computed filter by filter from the list of its non-zeros,
// [filter][ky][kx, channel] += Σ gradient · run of the image that the filter's row ky saw.
// Where Winograd's algorithm applies, it needs fewer products (VectorKernels.WinogradGradient.cs).
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ConvolutionWeightGradient(
        in ConvolutionGeometry geometry, int images, float* input, float* outputGradient, float* weightSums, float* biasGradient, float* scratch)
    {
        if (IsForNarrower(geometry))
        {
            V.Narrower!.ConvolutionWeightGradient(geometry, images, input, outputGradient, weightSums, biasGradient, scratch);
            return;
        }

        if (!geometry.IsPlain)
        {
            if (IsDepthwise(geometry))
            {
                DepthwiseWeightGradient(geometry, images, input, outputGradient, weightSums, biasGradient, scratch);
            }
            else
            {
                GroupedWeightGradient(geometry, images, input, outputGradient, weightSums, biasGradient, scratch);
            }

            return;
        }

        var parts = new WeightGradientScratch(geometry);
        ConvolutionGeometry g = Padded(geometry);
        float* sparse = scratch + parts.Sparse;
        float* squares = weightSums + GroupedPanelsLength(geometry);
        bool hasSparse = false;
        bool hasSquares = false;
        new Span<float>(weightSums, GroupedPanelsLength(geometry)).Clear();
        SumColumns(images * g.OutputPixels, g.OutputChannels, outputGradient, biasGradient);

        int* pixelOffsets = (int*)(scratch + parts.PixelOffsets);
        for (int row = 0; row < g.OutputHeight; row++)
        {
            for (int column = 0; column < g.OutputWidth; column++)
            {
                pixelOffsets[(row * g.OutputWidth) + column] = ((row * g.StrideY * g.InputWidth) + (column * g.StrideX)) * g.InputChannels;
            }
        }

        for (int count; images > 0; images -= count, input += (nint)count * geometry.InputLength, outputGradient += (nint)count * g.OutputLength)
        {
            count = 1;
            if (UsesSparseSums(geometry, outputGradient))
            {
                if (!hasSparse)
                {
                    new Span<float>(sparse, g.WeightLength).Clear();
                    hasSparse = true;
                }

                AddSparseWeightGradient(g, Pad(geometry, input, scratch + parts.Image), outputGradient, pixelOffsets, scratch, parts, sparse);
            }
            else if (IsWinograd(geometry))
            {
                while (count < images && !UsesSparseSums(geometry, outputGradient + ((nint)count * g.OutputLength)))
                {
                    count++;
                }

                AddWinogradWeightGradient(geometry, count, input, outputGradient, !hasSquares, squares, scratch + parts.Squares);
                hasSquares = true;
            }
            else
            {
                AddDenseWeightGradient(g, Pad(geometry, input, scratch + parts.Image), outputGradient, weightSums);
            }
        }

        if (!hasSquares)
        {
            new Span<float>(squares, WeightSumsLength(geometry) - GroupedPanelsLength(geometry)).Clear();
        }

        if (hasSparse)
        {
            AddToPanels(g, sparse, weightSums);
        }
    }

    /// <summary>
    /// Whether an image's gradient is computed from lists: most of it is zero. Runs shorter than a vector waste most of its lanes, so the dense tiles are
    /// faster for them at any density.
    /// </summary>
    private static bool UsesSparseSums(in ConvolutionGeometry g, float* outputGradient) =>
        g.KernelWidth * g.InputChannels >= V.Count && IsSparse(g, outputGradient);

    private static void AddDenseWeightGradient(in ConvolutionGeometry g, float* image, float* outputGradient, float* sums)
    {
        int run = g.KernelWidth * g.InputChannels;
        nint imageRow = g.InputWidth * g.InputChannels;
        for (int filter = 0; filter < g.OutputChannels; filter += PanelColumns)
        {
            int filters = Math.Min(PanelColumns, g.OutputChannels - filter);
            int width = RoundUp(filters);
            var layout = new TileLayout(
                g.OutputHeight, g.OutputWidth, 1, g.StrideX * g.InputChannels, g.StrideY * imageRow, g.OutputChannels, width, width);
            for (int ky = 0; ky < g.KernelHeight; ky++)
            {
                float* sum = sums + (filter * g.PatchLength) + (ky * run * width);
                AddPanel(run, filters, layout, image + (ky * imageRow), outputGradient + filter, sum);
            }
        }
    }

    private void AddSparseWeightGradient(
        in ConvolutionGeometry g, float* image, float* outputGradient, int* pixelOffsets, float* scratch, in WeightGradientScratch parts, float* sums)
    {
        int run = g.KernelWidth * g.InputChannels;
        int imageRow = g.InputWidth * g.InputChannels;
        float* byFilter = scratch + parts.ByFilter;
        float* values = scratch + parts.Values;
        int* offsets = (int*)(scratch + parts.Offsets);
        ChannelsFirst(1, g.OutputPixels, g.OutputChannels, outputGradient, byFilter);
        for (int filter = 0; filter < g.OutputChannels; filter++)
        {
            int count = AppendNonzeros(byFilter + (filter * g.OutputPixels), pixelOffsets, 0, g.OutputPixels, values, offsets, 0);
            for (int ky = 0; ky < g.KernelHeight; ky++, sums += run)
            {
                AddRuns(count, values, offsets, image + (ky * imageRow), sums, run);
            }
        }
    }

    /// <summary>Adds [filter][ky, kx, channel] to sums in panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToPanels(in ConvolutionGeometry g, float* sums, float* panels)
    {
        for (int filter = 0; filter < g.OutputChannels; filter += V.Count)
        {
            int first = filter / PanelColumns * PanelColumns;
            nint width = RoundUp(Math.Min(PanelColumns, g.OutputChannels - first));
            V mask = V.Mask(g.OutputChannels - filter);
            V strides = Strides(g.PatchLength, mask);
            int* source = (int*)(sums + ((nint)filter * g.PatchLength));
            float* target = panels + ((nint)first * g.PatchLength) + filter - first;
            for (int index = 0; index < g.PatchLength; index++, source++, target += width)
            {
                (V.Load(target) + (V.Gather(source, strides) & mask)).Store(target);
            }
        }
    }

    /// <summary>The layout of the scratch of the weight gradient; in floats.</summary>
    private readonly struct WeightGradientScratch
    {
        public WeightGradientScratch(in ConvolutionGeometry g)
        {
            Sparse = 0;
            PixelOffsets = g.WeightLength;
            ByFilter = checked(PixelOffsets + g.OutputPixels);
            Values = checked(ByFilter + g.OutputLength);
            Offsets = checked(Values + g.OutputPixels + V.Count);
            Image = checked(Offsets + g.OutputPixels + V.Count);
            Squares = checked(Image + PaddedLength(g));
            Length = checked(Squares + (IsWinograd(g) ? new WinogradScratch(g, WinogradGradientBlockFloats).Length : 0));
        }

        /// <summary>The sparse sums, [filter][ky, kx, channel].</summary>
        public int Sparse { get; }

        /// <summary>For each output pixel, the start of its patch in the image; integers.</summary>
        public int PixelOffsets { get; }

        /// <summary>The output gradient, [filter][pixel].</summary>
        public int ByFilter { get; }

        /// <summary>The non-zeros of one filter.</summary>
        public int Values { get; }

        /// <summary>The start of the patch of each non-zero; integers.</summary>
        public int Offsets { get; }

        /// <summary>The image with its padding.</summary>
        public int Image { get; }

        /// <summary>The scratch of Winograd's algorithm.</summary>
        public int Squares { get; }

        public int Length { get; }
    }
}
