using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The gradient of a convolution's input, image by image, either dense,
//   gradients of patches [pixels][ky, kx, channel] = outputGradient [pixels][filter] · weights [filter][ky, kx, channel]
// and back to where the patches came from by col2im, a few rows at a time, or with many channels as a convolution of its own
// (VectorKernels.TurnedConvolution.cs); or, where most of the output gradient is zero, from lists.
//
// For the lists the output's columns are dealt into groups of a few neighbours. The pixels of a group in one row of the output reach
// one run of the input's row, and all rows of the output that reach an input row lie one behind the other in the group's list:
//   input row y, run of the group  +=  Σ gradient(filter, oy, ox) · row (y − oy) of the filter, shifted by the place of ox in the group
// The filters' rows have zeros at both ends, so that shifted ones need no branch.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>Floats of patches that are laid out at a time (but at least one output row): 24 KB, most of a small L1.</summary>
    private const int ColumnFloats = 6 * 1024;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ConvolutionInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* weight, float* inputGradient, float* scratch)
    {
        if (IsForNarrower(geometry))
        {
            V.Narrower!.ConvolutionInputGradient(geometry, images, outputGradient, weight, inputGradient, scratch);
            return;
        }

        if (!geometry.IsPlain)
        {
            if (IsDepthwise(geometry))
            {
                DepthwiseInputGradient(geometry, images, outputGradient, weight, inputGradient, scratch);
            }
            else
            {
                GroupedInputGradient(geometry, images, outputGradient, weight, inputGradient, scratch);
            }

            return;
        }

        var parts = new InputGradientScratch(geometry);
        ConvolutionGeometry g = Padded(geometry);
        bool hasRows = false;
        bool hasShiftedRows = false;
        bool hasTurned = false;
        for (int image = 0; image < images; image++, outputGradient += g.OutputLength, inputGradient += geometry.InputLength)
        {
            // With a stride the rows of the output that reach an input row are not all of a range.
            bool isSparse = g.StrideY == 1 && g.StrideX == 1 && IsSparse(outputGradient, g.OutputLength);
            if (!isSparse && IsTurned(geometry))
            {
                ConvolutionGeometry turned = Turned(geometry);
                var turnedParts = new ForwardScratch(turned);
                float* turnedScratch = scratch + parts.Turned;
                if (!hasTurned)
                {
                    PackTurned(geometry, weight, turnedScratch + turnedParts.Panels);
                    new Span<float>(turnedScratch + turnedParts.Bias, RoundUp(turned.OutputChannels)).Clear();
                    hasTurned = true;
                }

                float* source = Pad(turned, outputGradient, turnedScratch + turnedParts.Image);
                ConvolveImage(Padded(turned), source, turnedScratch + turnedParts.Panels, turnedScratch + turnedParts.Bias, inputGradient);
                continue;
            }

            bool isPadded = PaddedLength(geometry) > 0;
            float* target = isPadded ? scratch + parts.Image : inputGradient;
            new Span<float>(target, g.InputLength).Clear();

            if (isSparse)
            {
                // The weights are laid out when the first image needs them so: a shard's images mostly go one way.
                if (!hasShiftedRows)
                {
                    PackShiftedRows(g, weight, scratch + parts.ShiftedRows);
                    hasShiftedRows = true;
                }

                AddSparseInputGradient(g, outputGradient, scratch, parts, target);
            }
            else
            {
                if (!hasRows)
                {
                    PackRows(g, weight, scratch + parts.Rows);
                    hasRows = true;
                }

                AddDenseInputGradient(g, outputGradient, scratch + parts.Rows, scratch + parts.Columns, target);
            }

            if (isPadded)
            {
                CopyInside(geometry, target, inputGradient, fromPadded: true);
            }
        }
    }

    private void AddDenseInputGradient(in ConvolutionGeometry g, float* outputGradient, float* rowsOfWeights, float* columns, float* inputGradient)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSparseInputGradient(
        in ConvolutionGeometry g, float* outputGradient, float* scratch, in InputGradientScratch parts, float* inputGradient)
    {
        int group = GroupColumns(g);
        int shiftedRow = ShiftedRow(g);
        float* shiftedRows = scratch + parts.ShiftedRows;
        float* values = scratch + parts.Values;
        int* offsets = (int*)(scratch + parts.Offsets);
        int* starts = (int*)(scratch + parts.Starts);

        // Of each place in a group: where the filter's row begins, so shifted that its first float meets the group's run.
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
                    inputGradient + (y * imageRow) + (column * g.InputChannels),
                    run);
            }
        }
    }

    /// <summary>How many output rows' patches are laid out at a time.</summary>
    private static int ColumnRows(in ConvolutionGeometry g) =>
        Math.Clamp(ColumnFloats / checked(g.OutputWidth * g.PatchLength), 1, g.OutputHeight);

    /// <summary>
    /// How many neighbouring columns of the output make a group: few enough that their run is eight vectors or less, and at most four,
    /// since each more adds products with the zeros at the ends of the filters' rows.
    /// </summary>
    private static int GroupColumns(in ConvolutionGeometry g) =>
        Math.Clamp((8 * V.Count / g.InputChannels) - g.KernelWidth + 1, 1, 4);

    /// <summary>Floats of a filter's row with the zeros at both ends.</summary>
    private static int ShiftedRow(in ConvolutionGeometry g) => checked((g.KernelWidth + (2 * (GroupColumns(g) - 1))) * g.InputChannels);

    /// <summary>[filter][channel][ky][kx] to [filter][ky, kx, channel].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    /// <summary>[filter][channel][ky][kx] to [filter][ky][zeros, kx · channel, zeros].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackShiftedRows(in ConvolutionGeometry g, float* weight, float* rows)
    {
        int row = ShiftedRow(g);
        int zeros = (GroupColumns(g) - 1) * g.InputChannels;
        new Span<float>(rows, g.OutputChannels * g.KernelHeight * row).Clear();
        for (int filter = 0; filter < g.OutputChannels; filter++)
        {
            for (int channel = 0; channel < g.InputChannels; channel++)
            {
                for (int ky = 0; ky < g.KernelHeight; ky++)
                {
                    float* target = rows + (((filter * g.KernelHeight) + ky) * row) + zeros + channel;
                    for (int kx = 0; kx < g.KernelWidth; kx++)
                    {
                        target[kx * g.InputChannels] = *weight++;
                    }
                }
            }
        }
    }

    /// <summary>Where the input gradient keeps what in its scratch; in floats.</summary>
    private readonly struct InputGradientScratch
    {
        public InputGradientScratch(in ConvolutionGeometry g)
        {
            int group = GroupColumns(g);
            Rows = 0;
            ShiftedRows = g.WeightLength;
            Columns = checked(ShiftedRows + (g.OutputChannels * g.KernelHeight * ShiftedRow(g)));
            Values = checked(Columns + (ColumnRows(g) * g.OutputWidth * g.PatchLength));
            Offsets = checked(Values + (g.OutputHeight * group * g.OutputChannels) + V.Count);
            Starts = checked(Offsets + (g.OutputHeight * group * g.OutputChannels) + V.Count);
            Places = checked(Starts + g.OutputHeight + 1);
            Image = checked(Places + (group * g.OutputChannels));
            Turned = checked(Image + PaddedLength(g));
            Length = checked(Turned + (IsTurned(g) ? new ForwardScratch(VectorKernels<V>.Turned(g)).Length : 0));
        }

        /// <summary>The weights, [filter][ky, kx, channel].</summary>
        public int Rows { get; }

        /// <summary>The weights, [filter][ky][zeros, kx · channel, zeros].</summary>
        public int ShiftedRows { get; }

        /// <summary>The gradients of some rows' patches.</summary>
        public int Columns { get; }

        /// <summary>The non-zeros of one group, row by row.</summary>
        public int Values { get; }

        /// <summary>Where the filters' rows of the non-zeros begin; integers.</summary>
        public int Offsets { get; }

        /// <summary>Where each row begins in the list; integers.</summary>
        public int Starts { get; }

        /// <summary>Of each place in a group, where the filter's row begins; integers.</summary>
        public int Places { get; }

        /// <summary>The input's gradient with its padding.</summary>
        public int Image { get; }

        /// <summary>The scratch of the convolution that goes the other way.</summary>
        public int Turned { get; }

        public int Length { get; }
    }
}
