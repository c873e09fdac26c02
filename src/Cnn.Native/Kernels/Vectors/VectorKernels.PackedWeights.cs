using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The layouts in which the passes of a convolution read its weights and add up their gradient.
// 
// forward            biases, padded to whole vectors, and panels of two vectors of filters, each [ky, kx, channel][filter],
// or transformed for Winograd's algorithm, each [place][channel][filter], or in pairs if there are few filters
// input gradient     transformed in the same way, each [place][filter][channel], or the panels of the convolution with flipped filters, or
// [filter][ky, kx, channel], depending on how it is computed;
// with stride 1 also the filters' rows with zeros at both ends, for the lists of non-zeros
// weight gradient    panels like those of the forward pass that are not transformed, followed by transformed ones
// if there are any: images whose gradient is mostly zero are summed in the former
// 
// Groups are packed one by one. The weights of a vector are far apart in the model's order, so they are gathered.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    internal override int ForwardWeightsLength(in ConvolutionGeometry geometry) =>
        IsPaired(geometry) ? PairsLength(geometry)
        : IsForNarrower(geometry) ? V.Narrower!.ForwardWeightsLength(geometry)
        : geometry.IsPlain ? ForwardPanelsLength(geometry)
        : checked(GroupedPanelsLength(geometry) + geometry.OutputChannels);

    /// <inheritdoc/>
    internal override void PackForwardWeights(in ConvolutionGeometry geometry, float* weight, float* bias, float* packed)
    {
        if (IsPaired(geometry))
        {
            PackPairs(geometry, weight, bias, packed);
            return;
        }

        if (IsForNarrower(geometry))
        {
            V.Narrower!.PackForwardWeights(geometry, weight, bias, packed);
            return;
        }

        if (geometry.IsPlain)
        {
            int filters = geometry.OutputChannels;
            new Span<float>(packed, RoundUp(filters)).Clear();
            CopyOrClear(filters, bias, packed);
            if (IsWinograd(geometry))
            {
                PackSquares(geometry, weight, isBack: false, packed + RoundUp(filters));
            }
            else
            {
                PackPanels(geometry, weight, packed + RoundUp(filters));
            }

            return;
        }

        PackGroups(geometry, weight, packed);
        CopyOrClear(geometry.OutputChannels, bias, packed + GroupedPanelsLength(geometry));
    }

    /// <inheritdoc/>
    internal override int BackwardWeightsLength(in ConvolutionGeometry geometry) =>
        IsBackwardForNarrower(geometry) ? V.Narrower!.BackwardWeightsLength(geometry)
        : geometry.IsPlain ? checked(DenseBackwardLength(geometry) + ShiftedRowsLength(geometry))
        : geometry.WeightLength;

    /// <inheritdoc/>
    internal override void PackBackwardWeights(in ConvolutionGeometry geometry, float* weight, float* packed)
    {
        if (IsBackwardForNarrower(geometry))
        {
            V.Narrower!.PackBackwardWeights(geometry, weight, packed);
        }
        else if (!geometry.IsPlain)
        {
            if (IsDepthwise(geometry))
            {
                PackByTap(geometry, weight, packed);
                return;
            }

            ConvolutionGeometry group = GroupOf(geometry);
            for (int index = 0; index < geometry.Groups; index++)
            {
                PackRows(group, weight + (index * group.WeightLength), packed + (index * group.WeightLength));
            }
        }
        else
        {
            if (IsWinograd(geometry))
            {
                PackSquares(geometry, weight, isBack: true, packed);
            }
            else if (IsFlipped(geometry))
            {
                PackFlipped(geometry, weight, packed);
            }
            else
            {
                PackRows(geometry, weight, packed);
            }

            if (HasLists(geometry))
            {
                PackShiftedRows(geometry, weight, packed + DenseBackwardLength(geometry));
            }
        }
    }

    /// <inheritdoc/>
    internal override int WeightSumsLength(in ConvolutionGeometry geometry) =>
        IsForNarrower(geometry) ? V.Narrower!.WeightSumsLength(geometry)
        : IsWinograd(geometry) ? checked(GroupedPanelsLength(geometry) + WinogradSumsLength(geometry))
        : GroupedPanelsLength(geometry);

    /// <inheritdoc/>
    internal override void UnpackWeightSums(in ConvolutionGeometry geometry, float* weightSums, float* weightGradient)
    {
        if (IsForNarrower(geometry))
        {
            V.Narrower!.UnpackWeightSums(geometry, weightSums, weightGradient);
        }
        else if (IsDepthwise(geometry))
        {
            UnpackByTap(geometry, weightSums, weightGradient);
        }
        else
        {
            ConvolutionGeometry group = GroupOf(geometry);
            for (int index = 0; index < geometry.Groups; index++)
            {
                UnpackPanels(group, weightSums + (index * RoundUp(group.OutputChannels) * group.PatchLength), weightGradient + (index * group.WeightLength));
            }

            if (IsWinograd(geometry))
            {
                AddUnpackedSquares(geometry, weightSums + GroupedPanelsLength(geometry), weightGradient);
            }
        }
    }

    /// <summary>Floats of the panels of one group's convolution and of its biases before them.</summary>
    private static int PanelsLength(in ConvolutionGeometry g) => checked(RoundUp(g.OutputChannels) * (g.PatchLength + 1));

    /// <summary>Floats that the forward pass reads.</summary>
    private static int ForwardPanelsLength(in ConvolutionGeometry g) => IsWinograd(g) ? WinogradPanelsLength(g) : PanelsLength(g);

    /// <summary>Floats of the panels of all groups; of the taps of a depthwise convolution.</summary>
    private static int GroupedPanelsLength(in ConvolutionGeometry g) =>
        IsDepthwise(g) ? g.WeightLength : checked(g.Groups * RoundUp(g.GroupFilters) * g.PatchLength);

    /// <summary>Floats of the weights from which the dense gradient of the input is made.</summary>
    private static int DenseBackwardLength(in ConvolutionGeometry g) =>
        IsWinograd(g) ? WinogradBackwardLength(g) : IsFlipped(g) ? PanelsLength(Flipped(g)) : g.WeightLength;

    /// <summary>Floats of the filters' rows with zeros at both ends; 0 if no lists are used.</summary>
    private static int ShiftedRowsLength(in ConvolutionGeometry g) => HasLists(g) ? checked(g.OutputChannels * g.KernelHeight * ShiftedRow(g)) : 0;

    private static void PackGroups(in ConvolutionGeometry g, float* weight, float* packed)
    {
        if (IsDepthwise(g))
        {
            PackByTap(g, weight, packed);
            return;
        }

        ConvolutionGeometry group = GroupOf(g);
        for (int index = 0; index < g.Groups; index++)
        {
            PackPanels(group, weight + (index * group.WeightLength), packed + (index * RoundUp(group.OutputChannels) * group.PatchLength));
        }
    }

    /// <summary>Multiples of a stride in the first lanes, for gathers; the other lanes are 0, so that they stay inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Strides(int stride, V mask) => V.MultiplyInt32(V.IndicesInt32, V.CreateInt32(stride)) & mask;

    /// <summary>
    /// [filter][channel][ky][kx] to panels of two vectors of filters (the last panel has one vector if that is enough), each [ky, kx, channel][filter],
    /// padded with zeros.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanels(in ConvolutionGeometry g, float* weight, float* panels)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        for (int filter = 0; filter < g.OutputChannels; filter += V.Count)
        {
            int first = filter / PanelColumns * PanelColumns;
            nint width = RoundUp(Math.Min(PanelColumns, g.OutputChannels - first));
            V mask = V.Mask(g.OutputChannels - filter);
            V strides = Strides(g.PatchLength, mask);
            float* source = weight + ((nint)filter * g.PatchLength);
            float* target = panels + ((nint)first * g.PatchLength) + filter - first;
            for (int channel = 0; channel < g.InputChannels; channel++, target += width)
            {
                float* row = target;
                for (int tap = 0; tap < taps; tap++, source++, row += g.InputChannels * width)
                {
                    (V.Gather((int*)source, strides) & mask).Store(row);
                }
            }
        }
    }

    /// <summary>Panels to [filter][channel][ky][kx].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnpackPanels(in ConvolutionGeometry g, float* panels, float* weight)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        for (int first = 0; first < g.OutputChannels; first += PanelColumns)
        {
            int filters = Math.Min(PanelColumns, g.OutputChannels - first);
            nint width = RoundUp(filters);
            float* source = panels + ((nint)first * g.PatchLength);
            float* target = weight + ((nint)first * g.PatchLength);

            // A channel's taps stay in the cache while the filters are processed.
            for (int channel = 0; channel < g.InputChannels; channel++, source += width, target += taps)
            {
                for (int filter = 0; filter < filters; filter++)
                {
                    float* row = target + ((nint)filter * g.PatchLength);
                    float* value = source + filter;
                    for (int tap = 0; tap < taps; tap++, value += g.InputChannels * width)
                    {
                        row[tap] = *value;
                    }
                }
            }
        }
    }

    /// <summary>[filter][channel][ky][kx] to the biases, which are 0, and the panels of the convolution with flipped filters: two vectors of channels each, [flipped ky, kx, filter][channel].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackFlipped(in ConvolutionGeometry g, float* weight, float* packed)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        nint patch = taps * g.OutputChannels;
        new Span<float>(packed, RoundUp(g.InputChannels)).Clear();
        float* panels = packed + RoundUp(g.InputChannels);
        for (int channel = 0; channel < g.InputChannels; channel += V.Count)
        {
            int first = channel / PanelColumns * PanelColumns;
            nint width = RoundUp(Math.Min(PanelColumns, g.InputChannels - first));
            V mask = V.Mask(g.InputChannels - channel);
            V strides = Strides(taps, mask);
            float* source = weight + (channel * taps);
            float* target = panels + (first * patch) + channel - first;
            for (int filter = 0; filter < g.OutputChannels; filter++, source += g.PatchLength, target += width)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    (V.Gather((int*)(source + taps - 1 - tap), strides) & mask).Store(target + (tap * g.OutputChannels * width));
                }
            }
        }
    }

    /// <summary>[filter][channel][ky][kx] to [filter][ky, kx, channel].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(in ConvolutionGeometry g, float* weight, float* rows)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        for (int filter = 0; filter < g.OutputChannels; filter++, weight += g.PatchLength)
        {
            for (int tap = 0; tap < taps; tap++, rows += g.InputChannels)
            {
                PackChannels(g.InputChannels, taps, weight + tap, rows);
            }
        }
    }

    /// <summary>[filter][channel][ky][kx] to [filter][ky][zeros, kx · channel, zeros].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackShiftedRows(in ConvolutionGeometry g, float* weight, float* rows)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        int row = ShiftedRow(g);
        int zeros = (GroupColumns(g) - 1) * g.InputChannels;
        for (int filter = 0; filter < g.OutputChannels; filter++, weight += g.PatchLength)
        {
            for (int tap = 0; tap < taps; tap += g.KernelWidth, rows += row)
            {
                new Span<float>(rows, row).Clear();
                for (int kx = 0; kx < g.KernelWidth; kx++)
                {
                    PackChannels(g.InputChannels, taps, weight + tap + kx, rows + zeros + (kx * g.InputChannels));
                }
            }
        }
    }

    /// <summary>Gathers the weights of one tap, which are a filter's taps apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackChannels(int channels, int taps, float* weight, float* target)
    {
        int channel = 0;
        V strides = Strides(taps, V.Mask(V.Count));
        for (; channel <= channels - V.Count; channel += V.Count)
        {
            V.Gather((int*)(weight + (channel * taps)), strides).Store(target + channel);
        }

        for (; channel < channels; channel++)
        {
            target[channel] = weight[channel * taps];
        }
    }

    /// <summary>[channel][tap] of a depthwise convolution to [tap][channel].</summary>
    private static void PackByTap(in ConvolutionGeometry g, float* weight, float* byTap)
    {
        for (int tap = 0; tap < g.PatchLength; tap++)
        {
            PackChannels(g.InputChannels, g.PatchLength, weight + tap, byTap + (tap * g.InputChannels));
        }
    }

    /// <summary>[tap][channel] of a depthwise convolution to [channel][tap].</summary>
    private static void UnpackByTap(in ConvolutionGeometry g, float* byTap, float* weight)
    {
        for (int channel = 0; channel < g.InputChannels; channel++)
        {
            for (int tap = 0; tap < g.PatchLength; tap++)
            {
                *weight++ = byTap[(tap * g.InputChannels) + channel];
            }
        }
    }
}
