using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Convolution with dilation or groups: the same matrix products in smaller pieces.
// The inputs that a filter sees in one row of the image are no longer one contiguous run, but one run of a group's channels for each column of the filter,
// at equal distances. So the tiles take one row of the filter at a time, with a segment for each of its columns, and add to the results
// of the rows before. Each group is a convolution of its own, whose channels and filters are a slice of all channels and filters.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>A group as a convolution of its own: its weights are packed like those of any other.</summary>
    private static ConvolutionGeometry GroupOf(in ConvolutionGeometry g) => g with
    {
        InputChannels = g.GroupChannels,
        OutputChannels = g.GroupFilters,
        Groups = 1,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GroupedForward(
        in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch)
    {
        var parts = new GroupedScratch(geometry);
        ConvolutionGeometry g = Padded(geometry);
        int groupPanels = RoundUp(g.GroupFilters) * g.PatchLength;
        float* bias = packed + GroupedPanelsLength(g);
        nint imageRow = g.InputWidth * g.InputChannels;
        for (int image = 0; image < images; image++, input += geometry.InputLength, output += g.OutputLength)
        {
            float* source = Pad(geometry, input, scratch + parts.Image);
            for (int first = 0; first < g.OutputChannels; first += g.GroupFilters)
            {
                int index = first / g.GroupFilters;
                for (int filter = 0; filter < g.GroupFilters; filter += PanelColumns)
                {
                    int filters = Math.Min(PanelColumns, g.GroupFilters - filter);
                    int width = RoundUp(filters);
                    float* panel = packed + (index * groupPanels) + (filter * g.PatchLength);
                    for (int row = 0; row < g.OutputHeight; row++)
                    {
                        float* target = output + (row * g.OutputWidth * g.OutputChannels) + first + filter;
                        for (int ky = 0; ky < g.KernelHeight; ky++)
                        {
                            var layout = new TileLayout(
                                g.KernelWidth, g.GroupChannels, g.StrideX * g.InputChannels, 1, g.DilationX * g.InputChannels, width,
                                ky == 0 ? 0 : g.OutputChannels, g.OutputChannels);
                            MultiplyPanel(
                                g.OutputWidth,
                                filters,
                                layout,
                                source + (((row * g.StrideY) + (ky * g.DilationY)) * imageRow) + (index * g.GroupChannels),
                                panel + (ky * g.KernelWidth * g.GroupChannels * width),
                                ky == 0 ? bias + first + filter : target,
                                target);
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GroupedInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* packed, float* inputGradient, float* scratch)
    {
        var parts = new GroupedScratch(geometry);
        ConvolutionGeometry g = Padded(geometry);
        int groupWeights = GroupOf(g).WeightLength;
        float* columns = scratch + parts.Columns;
        bool isPadded = PaddedLength(geometry) > 0;
        for (int image = 0; image < images; image++, outputGradient += g.OutputLength, inputGradient += geometry.InputLength)
        {
            float* target = isPadded ? scratch + parts.Image : inputGradient;
            new Span<float>(target, g.InputLength).Clear();
            for (int index = 0; index < g.Groups; index++)
            {
                for (int row = 0; row < g.OutputHeight; row += ColumnRows(g))
                {
                    int rows = Math.Min(ColumnRows(g), g.OutputHeight - row);
                    float* source = outputGradient + (row * g.OutputWidth * g.OutputChannels) + (index * g.GroupFilters);
                    MultiplyPanels(
                        rows * g.OutputWidth, g.PatchLength, g.GroupFilters, source, g.OutputChannels, 1,
                        packed + (index * groupWeights), g.PatchLength, columns, g.PatchLength, accumulate: false);
                    AddPatches(g, columns, row, rows, target + (index * g.GroupChannels));
                }
            }

            if (isPadded)
            {
                CopyInside(geometry, target, inputGradient, fromPadded: true);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GroupedWeightGradient(
        in ConvolutionGeometry geometry, int images, float* input, float* outputGradient, float* weightSums, float* biasGradient, float* scratch)
    {
        var parts = new GroupedScratch(geometry);
        ConvolutionGeometry g = Padded(geometry);
        int groupSums = RoundUp(g.GroupFilters) * g.PatchLength;
        new Span<float>(weightSums, g.Groups * groupSums).Clear();
        SumColumns(images * g.OutputPixels, g.OutputChannels, outputGradient, biasGradient);
        for (int image = 0; image < images; image++, input += geometry.InputLength, outputGradient += g.OutputLength)
        {
            float* source = Pad(geometry, input, scratch + parts.Image);
            for (int index = 0; index < g.Groups; index++)
            {
                AddGroupGradient(g, source + (index * g.GroupChannels), outputGradient + (index * g.GroupFilters), weightSums + (index * groupSums));
            }
        }
    }

    /// <summary>Adds the contribution of one image to the gradients of a group's weights: for each tap, channels × pixels times pixels × filters.</summary>
    private static void AddGroupGradient(in ConvolutionGeometry g, float* image, float* outputGradient, float* sums)
    {
        nint imageRow = g.InputWidth * g.InputChannels;
        for (int filter = 0; filter < g.GroupFilters; filter += PanelColumns)
        {
            int filters = Math.Min(PanelColumns, g.GroupFilters - filter);
            int width = RoundUp(filters);
            var layout = new TileLayout(
                g.OutputHeight, g.OutputWidth, 1, g.StrideX * g.InputChannels, g.StrideY * imageRow, g.OutputChannels, width, width);
            for (int tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++)
            {
                float* seen = image + (tap / g.KernelWidth * g.DilationY * imageRow) + (tap % g.KernelWidth * g.DilationX * g.InputChannels);
                float* sum = sums + (filter * g.PatchLength) + (tap * g.GroupChannels * width);
                AddPanel(g.GroupChannels, filters, layout, seen, outputGradient + filter, sum);
            }
        }
    }

    /// <summary>Adds the gradients of some rows' patches, [pixel][ky, kx, channel of the group], to the positions of the patches.</summary>
    private static void AddPatches(in ConvolutionGeometry g, float* columns, int firstRow, int rows, float* image)
    {
        int imageRow = g.InputWidth * g.InputChannels;
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            for (int column = 0; column < g.OutputWidth; column++)
            {
                float* corner = image + (row * g.StrideY * imageRow) + (column * g.StrideX * g.InputChannels);
                for (int ky = 0; ky < g.KernelHeight; ky++)
                {
                    for (int kx = 0; kx < g.KernelWidth; kx++, columns += g.GroupChannels)
                    {
                        AddTo(columns, corner + (ky * g.DilationY * imageRow) + (kx * g.DilationX * g.InputChannels), g.GroupChannels);
                    }
                }
            }
        }
    }

    /// <summary>The layout of the scratch of the three passes; in floats.</summary>
    private readonly struct GroupedScratch
    {
        public GroupedScratch(in ConvolutionGeometry g)
        {
            Columns = 0;
            Image = checked(ColumnRows(g) * g.OutputWidth * g.PatchLength);
            Length = checked(Image + PaddedLength(g));
        }

        /// <summary>The gradients of some rows' patches of a group.</summary>
        public int Columns { get; }

        /// <summary>The image with its padding, or its gradient.</summary>
        public int Image { get; }

        public int Length { get; }
    }
}
