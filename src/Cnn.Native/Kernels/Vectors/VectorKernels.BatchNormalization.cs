using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Works on a vector of channels of a pixel at a time. The sums over all pixels are computed in blocks. A block is small enough to stay in the first-level
// cache while one vector of channels after the other passes over it, and small enough that sums in single precision lose no significant accuracy; the results
// of the blocks are then combined. Within a block, pixels 0, 4, 8 … and 1, 5, 9 … and so on have separate sums, which hides the latency of the additions.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>The number of pixels that are summed in a block.</summary>
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
            V share = V.Create((float)count / (first + count));
            V growth = V.Create((float)((double)first * count / (first + count)));
            for (int channel = 0; channel < channels; channel += V.Count)
            {
                V mask = V.Mask(channels - channel);
                BlockMoments(count, channels, input + ((nint)first * channels) + channel, mask, out V center, out V deviations);
                V before = V.Load(mean + channel, mask);
                V distance = center - before;
                V.MultiplyAdd(distance, share, before).Store(mean + channel, mask);
                V.MultiplyAdd(distance * distance, growth, deviations + V.Load(squares + channel, mask)).Store(squares + channel, mask);
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
            for (int channel = 0; channel < channels; channel += V.Count)
            {
                V mask = V.Mask(channels - channel);
                AddProducts(
                    count, channels, input + offset + channel, outputGradient + offset + channel, mask,
                    V.Load(mean + channel, mask), sum + channel, product + channel);
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void BatchNormalizationForward(
        int pixels, int channels, float* input, float* mean, float* scale, float* shift, float* output)
    {
        int whole = channels / V.Count * V.Count;
        V mask = V.Mask(channels - whole);
        for (int pixel = 0; pixel < pixels; pixel++, input += channels, output += channels)
        {
            for (int c = 0; c < whole; c += V.Count)
            {
                V deviation = V.Load(input + c) - V.Load(mean + c);
                V.MultiplyAdd(deviation, V.Load(scale + c), V.Load(shift + c)).Store(output + c);
            }

            if (whole < channels)
            {
                V deviation = V.Load(input + whole, mask) - V.Load(mean + whole, mask);
                V.MultiplyAdd(deviation, V.Load(scale + whole, mask), V.Load(shift + whole, mask)).Store(output + whole, mask);
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void BatchNormalizationBackward(
        int pixels, int channels, float* input, float* outputGradient, float* mean, float* scale, float* slope, float* shift, float* inputGradient)
    {
        int whole = channels / V.Count * V.Count;
        V mask = V.Mask(channels - whole);
        for (int pixel = 0; pixel < pixels; pixel++, input += channels, outputGradient += channels, inputGradient += channels)
        {
            for (int c = 0; c < whole; c += V.Count)
            {
                V deviation = V.Load(input + c) - V.Load(mean + c);
                V byInput = V.MultiplyAdd(deviation, V.Load(slope + c), V.Load(shift + c));
                V.MultiplyAdd(V.Load(outputGradient + c), V.Load(scale + c), byInput).Store(inputGradient + c);
            }

            if (whole < channels)
            {
                V deviation = V.Load(input + whole, mask) - V.Load(mean + whole, mask);
                V byInput = V.MultiplyAdd(deviation, V.Load(slope + whole, mask), V.Load(shift + whole, mask));
                V.MultiplyAdd(V.Load(outputGradient + whole, mask), V.Load(scale + whole, mask), byInput).Store(inputGradient + whole, mask);
            }
        }
    }

    /// <summary>
    /// Mean and sum of squared deviations of a vector of channels over the pixels of a block. Deviations are first taken from the block's first pixel: it is
    /// close enough to the mean that the difference of the sums of squares loses no precision.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockMoments(
        int pixels, nint stride, float* input, V mask, out V mean, out V squares)
    {
        V pivot = V.Load(input, mask);
        V s0 = default, s1 = default, s2 = default, s3 = default;
        V q0 = default, q1 = default, q2 = default, q3 = default;
        int pixel = 0;
        for (; pixel <= pixels - 4; pixel += 4, input += 4 * stride)
        {
            V d0 = V.Load(input, mask) - pivot;
            V d1 = V.Load(input + stride, mask) - pivot;
            V d2 = V.Load(input + (2 * stride), mask) - pivot;
            V d3 = V.Load(input + (3 * stride), mask) - pivot;
            s0 += d0;
            s1 += d1;
            s2 += d2;
            s3 += d3;
            q0 = V.MultiplyAdd(d0, d0, q0);
            q1 = V.MultiplyAdd(d1, d1, q1);
            q2 = V.MultiplyAdd(d2, d2, q2);
            q3 = V.MultiplyAdd(d3, d3, q3);
        }

        for (; pixel < pixels; pixel++, input += stride)
        {
            V d = V.Load(input, mask) - pivot;
            s0 += d;
            q0 = V.MultiplyAdd(d, d, q0);
        }

        V sum = s0 + s1 + (s2 + s3);
        V average = sum / V.Create((float)pixels);
        mean = pivot + average;

        // Rounding must not make a sum of squares negative. This order of operands keeps NaN.
        squares = V.MaxElseSecond(V.Zero, V.MultiplyAddNegated(average, sum, q0 + q1 + (q2 + q3)));
    }

    /// <summary>Adds the sums of a block of pixels to those of a vector of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts(
        int pixels, nint stride, float* input, float* gradient, V mask, V mean, float* sum, float* product)
    {
        V s0 = default, s1 = default, s2 = default, s3 = default;
        V p0 = default, p1 = default, p2 = default, p3 = default;
        int pixel = 0;
        for (; pixel <= pixels - 4; pixel += 4, input += 4 * stride, gradient += 4 * stride)
        {
            V g0 = V.Load(gradient, mask);
            V g1 = V.Load(gradient + stride, mask);
            V g2 = V.Load(gradient + (2 * stride), mask);
            V g3 = V.Load(gradient + (3 * stride), mask);
            s0 += g0;
            s1 += g1;
            s2 += g2;
            s3 += g3;
            p0 = V.MultiplyAdd(g0, V.Load(input, mask) - mean, p0);
            p1 = V.MultiplyAdd(g1, V.Load(input + stride, mask) - mean, p1);
            p2 = V.MultiplyAdd(g2, V.Load(input + (2 * stride), mask) - mean, p2);
            p3 = V.MultiplyAdd(g3, V.Load(input + (3 * stride), mask) - mean, p3);
        }

        for (; pixel < pixels; pixel++, input += stride, gradient += stride)
        {
            V g = V.Load(gradient, mask);
            s0 += g;
            p0 = V.MultiplyAdd(g, V.Load(input, mask) - mean, p0);
        }

        (V.Load(sum, mask) + (s0 + s1 + (s2 + s3))).Store(sum, mask);
        (V.Load(product, mask) + (p0 + p1 + (p2 + p3))).Store(product, mask);
    }
}
