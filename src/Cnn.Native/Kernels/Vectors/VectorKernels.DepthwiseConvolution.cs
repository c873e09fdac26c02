using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Depthwise convolution: each channel has its own filter, so it contains no matrix product. Neighbouring channels fill a vector at every tap, and the weights
// of a tap, [tap][channel], are used for four neighbouring columns of the output while they are in a register.
internal sealed unsafe partial class VectorKernels<V>
{
    private static bool IsDepthwise(in ConvolutionGeometry g) => !g.IsPlain && g.Groups == g.InputChannels && g.Groups == g.OutputChannels;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DepthwiseForward(
        in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch)
    {
        ConvolutionGeometry g = Padded(geometry);
        float* bias = packed + g.WeightLength;
        int channels = g.InputChannels;
        for (int image = 0; image < images; image++, input += geometry.InputLength, output += g.OutputLength)
        {
            float* source = Pad(geometry, input, scratch);
            for (int row = 0; row < g.OutputHeight; row++)
            {
                float* seen = source + (row * g.StrideY * g.InputWidth * channels);
                float* target = output + (row * g.OutputWidth * channels);
                for (int channel = 0; channel < channels; channel += V.Count)
                {
                    V mask = V.Mask(channels - channel);
                    V start = V.Load(bias + channel, mask);
                    int column = 0;
                    for (; column <= g.OutputWidth - 4; column += 4)
                    {
                        DepthwiseFour(
                            g, mask, start, seen + (column * g.StrideX * channels) + channel, packed + channel, target + (column * channels) + channel);
                    }

                    for (; column < g.OutputWidth; column++)
                    {
                        float* corner = seen + (column * g.StrideX * channels) + channel;
                        V sum = start;
                        for (int tap = 0; tap < g.PatchLength; tap++)
                        {
                            sum = V.MultiplyAdd(V.Load(corner + TapOffset(g, tap), mask), V.Load(packed + channel + (tap * channels), mask), sum);
                        }

                        sum.Store(target + (column * channels) + channel, mask);
                    }
                }
            }
        }
    }

    /// <summary>Four neighbouring outputs of a vector of channels: four sums, one vector of weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DepthwiseFour(
        in ConvolutionGeometry g, V mask, V start, float* corner, float* weights, float* target)
    {
        nint channels = g.InputChannels;
        nint step = g.StrideX * channels;
        nint nextTap = g.DilationX * channels;
        nint nextRow = g.DilationY * g.InputWidth * channels;
        V s0 = start, s1 = start, s2 = start, s3 = start;
        for (int ky = 0; ky < g.KernelHeight; ky++, corner += nextRow)
        {
            float* seen = corner;
            for (int kx = 0; kx < g.KernelWidth; kx++, seen += nextTap, weights += channels)
            {
                V w = V.Load(weights, mask);
                s0 = V.MultiplyAdd(V.Load(seen, mask), w, s0);
                s1 = V.MultiplyAdd(V.Load(seen + step, mask), w, s1);
                s2 = V.MultiplyAdd(V.Load(seen + (2 * step), mask), w, s2);
                s3 = V.MultiplyAdd(V.Load(seen + (3 * step), mask), w, s3);
            }
        }

        s0.Store(target, mask);
        s1.Store(target + channels, mask);
        s2.Store(target + (2 * channels), mask);
        s3.Store(target + (3 * channels), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DepthwiseInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* packed, float* inputGradient, float* scratch)
    {
        ConvolutionGeometry g = Padded(geometry);
        int channels = g.InputChannels;
        bool isPadded = PaddedLength(geometry) > 0;
        for (int image = 0; image < images; image++, outputGradient += g.OutputLength, inputGradient += geometry.InputLength)
        {
            float* target = isPadded ? scratch : inputGradient;
            new Span<float>(target, g.InputLength).Clear();
            for (int row = 0; row < g.OutputHeight; row++)
            {
                float* gradient = outputGradient + (row * g.OutputWidth * channels);
                float* reached = target + (row * g.StrideY * g.InputWidth * channels);
                for (int channel = 0; channel < channels; channel += V.Count)
                {
                    AddTaps(g, V.Mask(channels - channel), gradient + channel, packed + channel, reached + channel);
                }
            }

            if (isPadded)
            {
                CopyInside(geometry, target, inputGradient, fromPadded: true);
            }
        }
    }

    /// <summary>Adds the contribution of one row of gradients to the input, for a vector of channels: tap by tap, with the tap's weights in a register along the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTaps(in ConvolutionGeometry g, V mask, float* gradient, float* weights, float* target)
    {
        nint channels = g.InputChannels;
        nint step = g.StrideX * channels;
        nint nextTap = g.DilationX * channels;
        nint nextRow = g.DilationY * g.InputWidth * channels;
        int columns = g.OutputWidth;
        for (int ky = 0; ky < g.KernelHeight; ky++, target += nextRow)
        {
            for (int kx = 0; kx < g.KernelWidth; kx++, weights += channels)
            {
                V w = V.Load(weights, mask);
                float* from = gradient;
                float* to = target + (kx * nextTap);
                for (int column = 0; column < columns; column++, from += channels, to += step)
                {
                    V.MultiplyAdd(V.Load(from, mask), w, V.Load(to, mask)).Store(to, mask);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DepthwiseWeightGradient(
        in ConvolutionGeometry geometry, int images, float* input, float* outputGradient, float* weightSums, float* biasGradient, float* scratch)
    {
        ConvolutionGeometry g = Padded(geometry);
        int channels = g.InputChannels;
        new Span<float>(weightSums, g.WeightLength).Clear();
        SumColumns(images * g.OutputPixels, channels, outputGradient, biasGradient);
        for (int image = 0; image < images; image++, input += geometry.InputLength, outputGradient += g.OutputLength)
        {
            float* source = Pad(geometry, input, scratch);
            for (int channel = 0; channel < channels; channel += V.Count)
            {
                V mask = V.Mask(channels - channel);
                for (int tap = 0; tap < g.PatchLength; tap++)
                {
                    float* sum = weightSums + (tap * channels) + channel;
                    V products = TapGradient(g, mask, source + TapOffset(g, tap) + channel, outputGradient + channel);
                    (V.Load(sum, mask) + products).Store(sum, mask);
                }
            }
        }
    }

    /// <summary>The sum over an image of gradient · input at one tap, for a vector of channels; four sums hide the latency of an FMA.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V TapGradient(in ConvolutionGeometry g, V mask, float* seen, float* gradient)
    {
        nint channels = g.InputChannels;
        nint step = g.StrideX * channels;
        nint nextRow = g.StrideY * g.InputWidth * channels;
        V s0 = default, s1 = default, s2 = default, s3 = default;
        for (int row = 0; row < g.OutputHeight; row++, seen += nextRow)
        {
            float* x = seen;
            int column = 0;
            for (; column <= g.OutputWidth - 4; column += 4, x += 4 * step, gradient += 4 * channels)
            {
                s0 = V.MultiplyAdd(V.Load(x, mask), V.Load(gradient, mask), s0);
                s1 = V.MultiplyAdd(V.Load(x + step, mask), V.Load(gradient + channels, mask), s1);
                s2 = V.MultiplyAdd(V.Load(x + (2 * step), mask), V.Load(gradient + (2 * channels), mask), s2);
                s3 = V.MultiplyAdd(V.Load(x + (3 * step), mask), V.Load(gradient + (3 * channels), mask), s3);
            }

            for (; column < g.OutputWidth; column++, x += step, gradient += channels)
            {
                s0 = V.MultiplyAdd(V.Load(x, mask), V.Load(gradient, mask), s0);
            }
        }

        return s0 + s1 + (s2 + s3);
    }

    /// <summary>The offset from the corner of a patch to the input of a tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TapOffset(in ConvolutionGeometry g, int tap) =>
        ((tap / g.KernelWidth * g.DilationY * g.InputWidth) + (tap % g.KernelWidth * g.DilationX)) * g.InputChannels;
}
