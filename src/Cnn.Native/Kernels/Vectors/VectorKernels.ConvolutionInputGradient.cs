using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The gradient of a convolution's input, image by image. The dense way is
// gradients of patches [pixels][ky, kx, channel] = outputGradient [pixels][filter] · weights [filter][ky, kx, channel],
// a few rows at a time, which col2im adds to the image. With many channels it is instead a convolution of its own
// (VectorKernels.FlippedConvolution.cs) or computed by Winograd's algorithm (VectorKernels.WinogradInputGradient.cs). Where most of
// the output gradient is zero, it is computed from lists of non-zeros.
// 
// For the lists, the output's columns are divided into groups of a few neighbours. The pixels of a group in one row of the output affect
// one run of an input row, and all rows of the output that affect an input row are contiguous in the group's list:
// input row y, run of the group  +=  Σ gradient(filter, oy, ox) · row (y − oy) of the filter, shifted by the position of ox in the group
// The filters' rows have zeros at both ends, so that shifted ones need no branch.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>Floats of patches that are computed at a time (but at least one output row): 24 KB, most of a small L1.</summary>
    private const int ColumnFloats = 6 * 1024;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ConvolutionInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* packed, float* inputGradient, float* scratch)
    {
        if (IsBackwardForNarrower(geometry))
        {
            V.Narrower!.ConvolutionInputGradient(geometry, images, outputGradient, packed, inputGradient, scratch);
        }
        else if (geometry.IsPlain)
        {
            for (int count; images > 0; images -= count, outputGradient += (nint)count * geometry.OutputLength, inputGradient += (nint)count * geometry.InputLength)
            {
                count = 1;
                if (UsesLists(geometry, outputGradient))
                {
                    SparseInputGradient(geometry, outputGradient, packed + DenseBackwardLength(geometry), inputGradient, scratch);
                }
                else if (IsWinograd(geometry) || IsFlipped(geometry))
                {
                    while (count < images && !UsesLists(geometry, outputGradient + ((nint)count * geometry.OutputLength)))
                    {
                        count++;
                    }

                    if (IsWinograd(geometry))
                    {
                        WinogradInputGradient(geometry, count, outputGradient, packed, inputGradient, scratch + new InputGradientScratch(geometry).Dense);
                    }
                    else
                    {
                        FlippedInputGradient(geometry, count, outputGradient, packed, inputGradient, scratch);
                    }
                }
                else
                {
                    DenseInputGradient(geometry, outputGradient, packed, inputGradient, scratch);
                }
            }
        }
        else if (IsDepthwise(geometry))
        {
            DepthwiseInputGradient(geometry, images, outputGradient, packed, inputGradient, scratch);
        }
        else
        {
            GroupedInputGradient(geometry, images, outputGradient, packed, inputGradient, scratch);
        }
    }

    /// <summary>Whether lists of non-zeros can be used: with a stride, the rows of the output that affect an input row are not contiguous.</summary>
    private static bool HasLists(in ConvolutionGeometry g) => g.StrideY == 1 && g.StrideX == 1;

    /// <summary>Whether an image's gradient is computed from lists: most of it is zero.</summary>
    private static bool UsesLists(in ConvolutionGeometry g, float* outputGradient) => HasLists(g) && IsSparse(g, outputGradient);

    /// <summary>One image by dense products that are added to it patch by patch.</summary>
    private void DenseInputGradient(in ConvolutionGeometry geometry, float* outputGradient, float* rowsOfWeights, float* inputGradient, float* scratch)
    {
        var parts = new InputGradientScratch(geometry);
        ConvolutionGeometry g = Padded(geometry);
        float* columns = scratch + parts.Columns;
        float* target = ClearPadded(geometry, inputGradient, scratch + parts.Image);
        for (int row = 0; row < g.OutputHeight; row += ColumnRows(g))
        {
            int rows = Math.Min(ColumnRows(g), g.OutputHeight - row);
            float* source = outputGradient + (row * g.OutputWidth * g.OutputChannels);
            MultiplyPanels(
                rows * g.OutputWidth, g.PatchLength, g.OutputChannels, source, g.OutputChannels, 1, rowsOfWeights, g.PatchLength, columns, g.PatchLength, accumulate: false);
            Col2Im(g, columns, row, rows, target);
        }

        CopyBack(geometry, target, inputGradient);
    }

    /// <summary>One image from lists of the gradient's non-zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SparseInputGradient(in ConvolutionGeometry geometry, float* outputGradient, float* shiftedRows, float* inputGradient, float* scratch)
    {
        var parts = new InputGradientScratch(geometry);
        ConvolutionGeometry g = Padded(geometry);
        float* target = ClearPadded(geometry, inputGradient, scratch + parts.Image);
        int group = GroupColumns(g);
        int shiftedRow = ShiftedRow(g);
        float* values = scratch + parts.Values;
        int* offsets = (int*)(scratch + parts.Offsets);
        int* starts = (int*)(scratch + parts.Starts);

        // For each position in a group: the start of the filter's row, shifted so that its first float meets the group's run.
        int* places = (int*)(scratch + parts.Places);
        for (int place = 0; place < group * g.OutputChannels; place++)
        {
            int shift = (group - 1 - (place / g.OutputChannels)) * g.InputChannels;
            places[place] = (place % g.OutputChannels * g.KernelHeight * shiftedRow) + shift;
        }

        int imageRow = g.InputWidth * g.InputChannels;
        for (int column = 0; column < g.OutputWidth; column += group)
        {
            int pixels = Math.Min(group, g.OutputWidth - column);
            int count = 0;
            for (int oy = 0; oy < g.OutputHeight; oy++)
            {
                starts[oy] = count;
                float* source = outputGradient + (((oy * g.OutputWidth) + column) * g.OutputChannels);
                count = AppendNonzeros(source, places, -oy * shiftedRow, pixels * g.OutputChannels, values, offsets, count);
            }

            starts[g.OutputHeight] = count;
            int run = (pixels + g.KernelWidth - 1) * g.InputChannels;
            for (int y = 0; y < g.InputHeight; y++)
            {
                int first = starts[Math.Clamp(y - g.KernelHeight + 1, 0, g.OutputHeight)];
                int last = starts[Math.Min(y + 1, g.OutputHeight)];
                AddRuns(
                    last - first,
                    values + first,
                    offsets + first,
                    shiftedRows + (y * shiftedRow),
                    target + (y * imageRow) + (column * g.InputChannels),
                    run);
            }
        }

        CopyBack(geometry, target, inputGradient);
    }

    /// <summary>
    /// The cleared memory in which an image's gradient with its padding is added up: <paramref name="padded"/>, or the image's own gradient if there is no
    /// padding.
    /// </summary>
    private static float* ClearPadded(in ConvolutionGeometry g, float* image, float* padded)
    {
        float* target = PaddedLength(g) > 0 ? padded : image;
        new Span<float>(target, Padded(g).InputLength).Clear();
        return target;
    }

    /// <summary>Copies the inside of the memory from <see cref="ClearPadded"/> to the image, if it is not the image's own.</summary>
    private static void CopyBack(in ConvolutionGeometry g, float* padded, float* image)
    {
        if (padded != image)
        {
            CopyInside(g, padded, image, fromPadded: true);
        }
    }

    /// <summary>The number of output rows whose patches are computed at a time.</summary>
    private static int ColumnRows(in ConvolutionGeometry g) =>
        Math.Clamp(ColumnFloats / checked(g.OutputWidth * g.PatchLength), 1, g.OutputHeight);

    /// <summary>
    /// The number of neighbouring columns of the output in a group: few enough that their run is at most eight vectors, and at most four, since each further
    /// one adds products with the zeros at the ends of the filters' rows.
    /// </summary>
    private static int GroupColumns(in ConvolutionGeometry g) =>
        Math.Clamp((8 * V.Count / g.InputChannels) - g.KernelWidth + 1, 1, 4);

    /// <summary>Floats of a filter's row with the zeros at both ends.</summary>
    private static int ShiftedRow(in ConvolutionGeometry g) => checked((g.KernelWidth + (2 * (GroupColumns(g) - 1))) * g.InputChannels);

    /// <summary>The layout of the scratch of the input gradient; in floats.</summary>
    private readonly struct InputGradientScratch
    {
        public InputGradientScratch(in ConvolutionGeometry g)
        {
            int group = GroupColumns(g);
            Columns = 0;
            Values = checked(Columns + (ColumnRows(g) * g.OutputWidth * g.PatchLength));
            Offsets = checked(Values + (g.OutputHeight * group * g.OutputChannels) + V.Count);
            Starts = checked(Offsets + (g.OutputHeight * group * g.OutputChannels) + V.Count);
            Places = checked(Starts + g.OutputHeight + 1);
            Image = checked(Places + (group * g.OutputChannels));
            Dense = checked(Image + PaddedLength(g));
            Length = checked(Dense + (IsWinograd(g) ? new WinogradInputScratch(g).Length : IsFlipped(g) ? PaddedLength(Flipped(g)) : 0));
        }

        /// <summary>The gradients of some rows' patches.</summary>
        public int Columns { get; }

        /// <summary>The non-zeros of one group, row by row.</summary>
        public int Values { get; }

        /// <summary>The start of the filter row of each non-zero; integers.</summary>
        public int Offsets { get; }

        /// <summary>The start of each row in the list; integers.</summary>
        public int Starts { get; }

        /// <summary>For each position in a group, the start of the filter's row; integers.</summary>
        public int Places { get; }

        /// <summary>The input's gradient with its padding.</summary>
        public int Image { get; }

        /// <summary>The scratch of Winograd's algorithm, or of the convolution with flipped filters.</summary>
        public int Dense { get; }

        public int Length { get; }
    }
}
