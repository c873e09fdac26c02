namespace Cnn.Kernels;

// Convolution as a product of matrices (im2col: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
// Document Processing", 2006): output [pixels][filters] = patches [pixels][ky, kx, channel] · weights [ky, kx, channel][filters].
//
// With channels last, one row of a patch is a run of kernelWidth · channels neighbours in the image. Where there is no padding and
// such a run fills a vector, the tiles read the patches where they lie, and im2col is never written. Elsewhere (padding, or an
// image of one channel) the patches of a few output rows are laid out by im2col, few enough to stay in the L1 cache.
public sealed unsafe partial class Avx2Kernels
{
    /// <summary>Floats of im2col that are laid out at a time (but at least one output row): 24 KB, most of a small L1.</summary>
    private const int ColumnFloats = 6 * 1024;

    /// <inheritdoc/>
    public override int ConvolutionScratch(in ConvolutionGeometry geometry) =>
        checked((RoundUp(geometry.OutputChannels) * (geometry.PatchLength + 1)) + (ColumnRows(geometry) * geometry.OutputWidth * geometry.PatchLength));

    /// <inheritdoc/>
    public override void ConvolutionForward(
        in ConvolutionGeometry geometry, int images, float* input, float* weight, float* bias, float* output, float* scratch)
    {
        ConvolutionGeometry g = geometry;
        float* packedBias = scratch;
        float* panels = packedBias + RoundUp(g.OutputChannels);
        float* columns = panels + (RoundUp(g.OutputChannels) * g.PatchLength);
        PackPanels(g, weight, panels);
        for (int filter = 0; filter < RoundUp(g.OutputChannels); filter++)
        {
            packedBias[filter] = filter < g.OutputChannels ? bias[filter] : 0;
        }

        for (int image = 0; image < images; image++, input += g.InputLength, output += g.OutputLength)
        {
            for (int row = 0; row < g.OutputHeight; row += ColumnRows(g))
            {
                int rows = Math.Min(ColumnRows(g), g.OutputHeight - row);
                Patches patches = PatchesOf(g, input, row, rows, columns);
                for (int filter = 0; filter < g.OutputChannels; filter += PanelColumns)
                {
                    int filters = Math.Min(PanelColumns, g.OutputChannels - filter);
                    var layout = new TileLayout(
                        patches.Segments, patches.SegmentLength, patches.Pixel, 1, patches.Segment, RoundUp(filters), 0, g.OutputChannels);
                    float* target = output + (row * g.OutputWidth * g.OutputChannels) + filter;
                    for (int r = 0; r < patches.Rows; r++)
                    {
                        MultiplyPanel(
                            patches.RowPixels,
                            filters,
                            layout,
                            patches.First + (r * patches.Row),
                            panels + (filter * g.PatchLength),
                            packedBias + filter,
                            target + (r * patches.RowPixels * g.OutputChannels));
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionWeightGradient(
        in ConvolutionGeometry geometry, int images, float* input, float* outputGradient, float* weightGradient, float* biasGradient, float* scratch)
    {
        ConvolutionGeometry g = geometry;
        float* gradients = scratch + RoundUp(g.OutputChannels);
        float* columns = gradients + (RoundUp(g.OutputChannels) * g.PatchLength);
        new Span<float>(gradients, RoundUp(g.OutputChannels) * g.PatchLength).Clear();
        SumRows(images * g.OutputPixels, g.OutputChannels, outputGradient, biasGradient);

        // [patch][filter] += patchesᵀ [patch][pixels] · outputGradient [pixels][filter], panel by panel of filters.
        for (int image = 0; image < images; image++, input += g.InputLength, outputGradient += g.OutputLength)
        {
            for (int row = 0; row < g.OutputHeight; row += ColumnRows(g))
            {
                int rows = Math.Min(ColumnRows(g), g.OutputHeight - row);
                Patches patches = PatchesOf(g, input, row, rows, columns);
                for (int filter = 0; filter < g.OutputChannels; filter += PanelColumns)
                {
                    int filters = Math.Min(PanelColumns, g.OutputChannels - filter);
                    var layout = new TileLayout(
                        patches.Rows, patches.RowPixels, 1, patches.Pixel, patches.Row, g.OutputChannels, RoundUp(filters), RoundUp(filters));
                    float* source = outputGradient + (row * g.OutputWidth * g.OutputChannels) + filter;
                    for (int segment = 0; segment < patches.Segments; segment++)
                    {
                        float* sum = gradients + (filter * g.PatchLength) + (segment * patches.SegmentLength * RoundUp(filters));
                        MultiplyPanel(patches.SegmentLength, filters, layout, patches.First + (segment * patches.Segment), source, sum, sum);
                    }
                }
            }
        }

        UnpackPanels(g, gradients, weightGradient);
    }

    /// <inheritdoc/>
    public override void ConvolutionInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* weight, float* inputGradient, float* scratch)
    {
        ConvolutionGeometry g = geometry;
        float* rowsOfWeights = scratch;
        float* columns = scratch + (RoundUp(g.OutputChannels) * (g.PatchLength + 1));
        PackRows(g, weight, rowsOfWeights);
        new Span<float>(inputGradient, images * g.InputLength).Clear();

        // patches' gradient [pixels][patch] = outputGradient [pixels][filter] · weights [filter][patch], and back to where they came from.
        for (int image = 0; image < images; image++, outputGradient += g.OutputLength, inputGradient += g.InputLength)
        {
            for (int row = 0; row < g.OutputHeight; row += ColumnRows(g))
            {
                int rows = Math.Min(ColumnRows(g), g.OutputHeight - row);
                float* source = outputGradient + (row * g.OutputWidth * g.OutputChannels);
                MultiplyPanels(
                    rows * g.OutputWidth, g.PatchLength, g.OutputChannels, source, g.OutputChannels, 1, rowsOfWeights, g.PatchLength, columns, g.PatchLength, accumulate: false);
                Col2Im(g, columns, row, rows, inputGradient);
            }
        }
    }

    /// <summary>How many output rows' patches are laid out at a time.</summary>
    private static int ColumnRows(in ConvolutionGeometry g) =>
        Math.Clamp(ColumnFloats / (g.OutputWidth * g.PatchLength), 1, g.OutputHeight);

    /// <summary>The patches of some output rows: where they lie in the image, or, where they cannot be read there, laid out by im2col.</summary>
    private Patches PatchesOf(in ConvolutionGeometry g, float* image, int row, int rows, float* columns)
    {
        int run = g.KernelWidth * g.InputChannels;
        int imageRow = g.InputWidth * g.InputChannels;
        if (g.PaddingY == 0 && g.PaddingX == 0 && run >= Lanes)
        {
            return new Patches(
                image + (row * g.StrideY * imageRow), rows, g.OutputWidth, g.StrideY * imageRow, g.StrideX * g.InputChannels, g.KernelHeight, run, imageRow);
        }

        Im2Col(g, image, row, rows, columns);
        return new Patches(columns, 1, rows * g.OutputWidth, 0, g.PatchLength, 1, g.PatchLength, 0);
    }

    /// <summary>[filter][channel][ky][kx] to panels of 16 filters (the last one of 8 where that is enough), each [ky, kx, channel][filter], padded with zeros.</summary>
    private static void PackPanels(in ConvolutionGeometry g, float* weight, float* panels)
    {
        for (int first = 0; first < g.OutputChannels; first += PanelColumns)
        {
            int width = RoundUp(Math.Min(PanelColumns, g.OutputChannels - first));
            for (int filter = first; filter < first + width; filter++)
            {
                float* source = weight + (filter * g.PatchLength);
                float* target = panels + (first * g.PatchLength) + filter - first;
                for (int channel = 0; channel < g.InputChannels; channel++)
                {
                    for (int tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++)
                    {
                        target[((tap * g.InputChannels) + channel) * width] = filter < g.OutputChannels ? *source++ : 0;
                    }
                }
            }
        }
    }

    /// <summary>The inverse of <see cref="PackPanels"/>.</summary>
    private static void UnpackPanels(in ConvolutionGeometry g, float* panels, float* weight)
    {
        for (int filter = 0; filter < g.OutputChannels; filter++)
        {
            int first = filter / PanelColumns * PanelColumns;
            int width = RoundUp(Math.Min(PanelColumns, g.OutputChannels - first));
            float* source = panels + (first * g.PatchLength) + filter - first;
            for (int channel = 0; channel < g.InputChannels; channel++)
            {
                for (int tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++)
                {
                    *weight++ = source[((tap * g.InputChannels) + channel) * width];
                }
            }
        }
    }

    /// <summary>[filter][channel][ky][kx] to [filter][ky, kx, channel].</summary>
    private static void PackRows(in ConvolutionGeometry g, float* weight, float* rows)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        for (int filter = 0; filter < g.OutputChannels; filter++, rows += g.PatchLength)
        {
            for (int channel = 0; channel < g.InputChannels; channel++)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    rows[(tap * g.InputChannels) + channel] = *weight++;
                }
            }
        }
    }

    /// <summary>
    /// Patches as the tiles read them: rows of pixels, and for each pixel the segments of neighbours that make its patch. Distances in floats.
    /// </summary>
    private readonly struct Patches(
        float* first, int rows, int rowPixels, nint row, nint pixel, int segments, int segmentLength, nint segment)
    {
        public float* First { get; } = first;

        public int Rows { get; } = rows;

        public int RowPixels { get; } = rowPixels;

        public nint Row { get; } = row;

        public nint Pixel { get; } = pixel;

        public int Segments { get; } = segments;

        public int SegmentLength { get; } = segmentLength;

        public nint Segment { get; } = segment;
    }
}
