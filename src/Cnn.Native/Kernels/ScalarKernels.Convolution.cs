namespace Cnn.Kernels;

// Convolution straight from its definition. Packed weights are the unchanged weights, followed by the biases, or by zeros.
internal sealed unsafe partial class ScalarKernels
{
    /// <inheritdoc/>
    internal override int ConvolutionScratch(in ConvolutionGeometry geometry) => 0;

    /// <inheritdoc/>
    internal override int ForwardWeightsLength(in ConvolutionGeometry geometry) => checked(geometry.WeightLength + geometry.OutputChannels);

    /// <inheritdoc/>
    internal override void PackForwardWeights(in ConvolutionGeometry geometry, float* weight, float* bias, float* packed)
    {
        Copy(geometry.WeightLength, weight, packed);
        CopyOrClear(geometry.OutputChannels, bias, packed + geometry.WeightLength);
    }

    /// <inheritdoc/>
    internal override int BackwardWeightsLength(in ConvolutionGeometry geometry) => geometry.WeightLength;

    /// <inheritdoc/>
    internal override void PackBackwardWeights(in ConvolutionGeometry geometry, float* weight, float* packed) => Copy(geometry.WeightLength, weight, packed);

    /// <inheritdoc/>
    internal override int WeightSumsLength(in ConvolutionGeometry geometry) => geometry.WeightLength;

    /// <inheritdoc/>
    internal override void UnpackWeightSums(in ConvolutionGeometry geometry, float* weightSums, float* weightGradient) =>
        Copy(geometry.WeightLength, weightSums, weightGradient);

    /// <inheritdoc/>
    internal override void ConvolutionForward(
        in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch)
    {
        ConvolutionGeometry g = geometry;
        float* weight = packed;
        float* bias = packed + g.WeightLength;
        for (int image = 0; image < images; image++, input += g.InputLength, output += g.OutputLength)
        {
            for (int pixel = 0; pixel < g.OutputPixels; pixel++)
            {
                for (int filter = 0; filter < g.OutputChannels; filter++)
                {
                    float sum = bias[filter];
                    for (int tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++)
                    {
                        int seen = SeenInput(g, filter, pixel, tap);
                        for (int channel = 0; seen >= 0 && channel < g.GroupChannels; channel++)
                        {
                            sum += input[seen + channel] * weight[WeightIndex(g, filter, channel, tap)];
                        }
                    }

                    output[(pixel * g.OutputChannels) + filter] = sum;
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override void ConvolutionInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* packed, float* inputGradient, float* scratch)
    {
        ConvolutionGeometry g = geometry;
        new Span<float>(inputGradient, images * g.InputLength).Clear();
        for (int image = 0; image < images; image++, inputGradient += g.InputLength, outputGradient += g.OutputLength)
        {
            for (int pixel = 0; pixel < g.OutputPixels; pixel++)
            {
                for (int filter = 0; filter < g.OutputChannels; filter++)
                {
                    float gradient = outputGradient[(pixel * g.OutputChannels) + filter];
                    for (int tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++)
                    {
                        int seen = SeenInput(g, filter, pixel, tap);
                        for (int channel = 0; seen >= 0 && channel < g.GroupChannels; channel++)
                        {
                            inputGradient[seen + channel] += gradient * packed[WeightIndex(g, filter, channel, tap)];
                        }
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override void ConvolutionWeightGradient(
        in ConvolutionGeometry geometry, int images, float* input, float* outputGradient, float* weightSums, float* biasGradient, float* scratch)
    {
        ConvolutionGeometry g = geometry;
        new Span<float>(weightSums, g.WeightLength).Clear();
        new Span<float>(biasGradient, biasGradient == null ? 0 : g.OutputChannels).Clear();
        for (int image = 0; image < images; image++, input += g.InputLength, outputGradient += g.OutputLength)
        {
            for (int pixel = 0; pixel < g.OutputPixels; pixel++)
            {
                for (int filter = 0; filter < g.OutputChannels; filter++)
                {
                    float gradient = outputGradient[(pixel * g.OutputChannels) + filter];
                    if (biasGradient != null)
                    {
                        biasGradient[filter] += gradient;
                    }

                    for (int tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++)
                    {
                        int seen = SeenInput(g, filter, pixel, tap);
                        for (int channel = 0; seen >= 0 && channel < g.GroupChannels; channel++)
                        {
                            weightSums[WeightIndex(g, filter, channel, tap)] += gradient * input[seen + channel];
                        }
                    }
                }
            }
        }
    }

    /// <summary>The index in the image of the first channel that an output pixel of a filter sees through one of its taps; −1 in the padding.</summary>
    private static int SeenInput(in ConvolutionGeometry g, int filter, int pixel, int tap)
    {
        int y = (pixel / g.OutputWidth * g.StrideY) - g.PaddingY + (tap / g.KernelWidth * g.DilationY);
        int x = (pixel % g.OutputWidth * g.StrideX) - g.PaddingX + (tap % g.KernelWidth * g.DilationX);
        bool inside = y >= 0 && y < g.InputHeight && x >= 0 && x < g.InputWidth;
        return inside ? (((y * g.InputWidth) + x) * g.InputChannels) + (filter / g.GroupFilters * g.GroupChannels) : -1;
    }

    /// <summary>The index of a weight in [filter][channel of the group][tap].</summary>
    private static int WeightIndex(in ConvolutionGeometry g, int filter, int channel, int tap) =>
        (((filter * g.GroupChannels) + channel) * g.KernelHeight * g.KernelWidth) + tap;

    private static void Copy(int count, float* source, float* target) => new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target, count));
}
