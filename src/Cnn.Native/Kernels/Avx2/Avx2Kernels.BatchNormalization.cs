using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// Eight channels of a pixel at a time. The sums over all pixels go in blocks of a few, small enough that a block stays in the first-level
// cache while one group of eight channels behind the other goes over it, and that sums in single precision lose nothing worth the name;
// the blocks' results are then put together. Within a block, pixels 0, 4, 8 … and 1, 5, 9 … and so on have a sum each, which hides the
// latency of the additions.
internal sealed unsafe partial class Avx2Kernels
{
    /// <summary>Pixels that are summed in a block.</summary>
    private const int BlockPixels = 64;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ChannelMoments(int pixels, int channels, float* input, float* mean, float* squares)
    {
        new Span<float>(mean, channels).Clear();
        new Span<float>(squares, channels).Clear();
        for (int first = 0; first < pixels; first += BlockPixels)
        {
            int count = Math.Min(BlockPixels, pixels - first);

            // Two parts of n and m values with means a and b have the mean a + (b − a) · m / (n + m), and the sum of their squares
            // grows by (b − a)² · n · m / (n + m) (Chan, Golub and LeVeque, 1979).
            Vector256<float> share = Vector256.Create((float)count / (first + count));
            Vector256<float> growth = Vector256.Create((float)((double)first * count / (first + count)));
            for (int channel = 0; channel < channels; channel += Lanes)
            {
                Vector256<float> mask = Mask(channels - channel);
                BlockMoments(count, channels, input + ((nint)first * channels) + channel, mask, out Vector256<float> center, out Vector256<float> deviations);
                Vector256<float> before = Avx.MaskLoad(mean + channel, mask);
                Vector256<float> distance = center - before;
                Avx.MaskStore(mean + channel, mask, Fma.MultiplyAdd(distance, share, before));
                Avx.MaskStore(
                    squares + channel, mask, Fma.MultiplyAdd(distance * distance, growth, deviations + Avx.MaskLoad(squares + channel, mask)));
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ChannelProducts(int pixels, int channels, float* input, float* mean, float* outputGradient, float* sum, float* product)
    {
        new Span<float>(sum, channels).Clear();
        new Span<float>(product, channels).Clear();
        for (int first = 0; first < pixels; first += BlockPixels)
        {
            int count = Math.Min(BlockPixels, pixels - first);
            nint offset = (nint)first * channels;
            for (int channel = 0; channel < channels; channel += Lanes)
            {
                Vector256<float> mask = Mask(channels - channel);
                AddProducts(
                    count, channels, input + offset + channel, outputGradient + offset + channel, mask,
                    Avx.MaskLoad(mean + channel, mask), sum + channel, product + channel);
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void BatchNormalizationForward(
        int pixels, int channels, float* input, float* mean, float* scale, float* shift, float* output)
    {
        int whole = channels / Lanes * Lanes;
        Vector256<float> mask = Mask(channels - whole);
        for (int pixel = 0; pixel < pixels; pixel++, input += channels, output += channels)
        {
            for (int c = 0; c < whole; c += Lanes)
            {
                Vector256<float> deviation = Vector256.Load(input + c) - Vector256.Load(mean + c);
                Fma.MultiplyAdd(deviation, Vector256.Load(scale + c), Vector256.Load(shift + c)).Store(output + c);
            }

            if (whole < channels)
            {
                Vector256<float> deviation = Avx.MaskLoad(input + whole, mask) - Avx.MaskLoad(mean + whole, mask);
                Avx.MaskStore(output + whole, mask, Fma.MultiplyAdd(deviation, Avx.MaskLoad(scale + whole, mask), Avx.MaskLoad(shift + whole, mask)));
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void BatchNormalizationBackward(
        int pixels, int channels, float* input, float* outputGradient, float* mean, float* scale, float* slope, float* shift, float* inputGradient)
    {
        int whole = channels / Lanes * Lanes;
        Vector256<float> mask = Mask(channels - whole);
        for (int pixel = 0; pixel < pixels; pixel++, input += channels, outputGradient += channels, inputGradient += channels)
        {
            for (int c = 0; c < whole; c += Lanes)
            {
                Vector256<float> deviation = Vector256.Load(input + c) - Vector256.Load(mean + c);
                Vector256<float> byInput = Fma.MultiplyAdd(deviation, Vector256.Load(slope + c), Vector256.Load(shift + c));
                Fma.MultiplyAdd(Vector256.Load(outputGradient + c), Vector256.Load(scale + c), byInput).Store(inputGradient + c);
            }

            if (whole < channels)
            {
                Vector256<float> deviation = Avx.MaskLoad(input + whole, mask) - Avx.MaskLoad(mean + whole, mask);
                Vector256<float> byInput = Fma.MultiplyAdd(deviation, Avx.MaskLoad(slope + whole, mask), Avx.MaskLoad(shift + whole, mask));
                Avx.MaskStore(
                    inputGradient + whole, mask, Fma.MultiplyAdd(Avx.MaskLoad(outputGradient + whole, mask), Avx.MaskLoad(scale + whole, mask), byInput));
            }
        }
    }

    /// <summary>
    /// Mean and sum of squared deviations of eight channels over the pixels of a block. Deviations are first taken from the block's first
    /// pixel: that is near enough to the mean that the difference of the sums of squares loses no digits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockMoments(
        int pixels, nint stride, float* input, Vector256<float> mask, out Vector256<float> mean, out Vector256<float> squares)
    {
        Vector256<float> pivot = Avx.MaskLoad(input, mask);
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector256<float> q0 = default, q1 = default, q2 = default, q3 = default;
        int pixel = 0;
        for (; pixel <= pixels - 4; pixel += 4, input += 4 * stride)
        {
            Vector256<float> d0 = Avx.MaskLoad(input, mask) - pivot;
            Vector256<float> d1 = Avx.MaskLoad(input + stride, mask) - pivot;
            Vector256<float> d2 = Avx.MaskLoad(input + (2 * stride), mask) - pivot;
            Vector256<float> d3 = Avx.MaskLoad(input + (3 * stride), mask) - pivot;
            s0 += d0;
            s1 += d1;
            s2 += d2;
            s3 += d3;
            q0 = Fma.MultiplyAdd(d0, d0, q0);
            q1 = Fma.MultiplyAdd(d1, d1, q1);
            q2 = Fma.MultiplyAdd(d2, d2, q2);
            q3 = Fma.MultiplyAdd(d3, d3, q3);
        }

        for (; pixel < pixels; pixel++, input += stride)
        {
            Vector256<float> d = Avx.MaskLoad(input, mask) - pivot;
            s0 += d;
            q0 = Fma.MultiplyAdd(d, d, q0);
        }

        Vector256<float> sum = s0 + s1 + (s2 + s3);
        Vector256<float> average = sum / Vector256.Create((float)pixels);
        mean = pivot + average;

        // Rounding must not make a sum of squares negative. In this order of operands a NaN stays one.
        squares = Avx.Max(Vector256<float>.Zero, Fma.MultiplyAddNegated(average, sum, q0 + q1 + (q2 + q3)));
    }

    /// <summary>Adds the sums of a block of pixels to those of eight channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts(
        int pixels, nint stride, float* input, float* gradient, Vector256<float> mask, Vector256<float> mean, float* sum, float* product)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        Vector256<float> p0 = default, p1 = default, p2 = default, p3 = default;
        int pixel = 0;
        for (; pixel <= pixels - 4; pixel += 4, input += 4 * stride, gradient += 4 * stride)
        {
            Vector256<float> g0 = Avx.MaskLoad(gradient, mask);
            Vector256<float> g1 = Avx.MaskLoad(gradient + stride, mask);
            Vector256<float> g2 = Avx.MaskLoad(gradient + (2 * stride), mask);
            Vector256<float> g3 = Avx.MaskLoad(gradient + (3 * stride), mask);
            s0 += g0;
            s1 += g1;
            s2 += g2;
            s3 += g3;
            p0 = Fma.MultiplyAdd(g0, Avx.MaskLoad(input, mask) - mean, p0);
            p1 = Fma.MultiplyAdd(g1, Avx.MaskLoad(input + stride, mask) - mean, p1);
            p2 = Fma.MultiplyAdd(g2, Avx.MaskLoad(input + (2 * stride), mask) - mean, p2);
            p3 = Fma.MultiplyAdd(g3, Avx.MaskLoad(input + (3 * stride), mask) - mean, p3);
        }

        for (; pixel < pixels; pixel++, input += stride, gradient += stride)
        {
            Vector256<float> g = Avx.MaskLoad(gradient, mask);
            s0 += g;
            p0 = Fma.MultiplyAdd(g, Avx.MaskLoad(input, mask) - mean, p0);
        }

        Avx.MaskStore(sum, mask, Avx.MaskLoad(sum, mask) + (s0 + s1 + (s2 + s3)));
        Avx.MaskStore(product, mask, Avx.MaskLoad(product, mask) + (p0 + p1 + (p2 + p3)));
    }
}
