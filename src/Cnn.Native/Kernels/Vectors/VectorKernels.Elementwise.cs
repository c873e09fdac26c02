using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Elementwise: whole vectors, and a last one under a mask.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ReluForward(int count, float* input, float* output)
    {
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            Relu(V.Load(input + i)).Store(output + i);
        }

        if (i < count)
        {
            V mask = V.Mask(count - i);
            Relu(V.Load(input + i, mask)).Store(output + i, mask);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ReluBackward(int count, float* output, float* outputGradient, float* inputGradient)
    {
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            PassWherePositive(V.Load(output + i), V.Load(outputGradient + i)).Store(inputGradient + i);
        }

        if (i < count)
        {
            V mask = V.Mask(count - i);
            PassWherePositive(V.Load(output + i, mask), V.Load(outputGradient + i, mask)).Store(inputGradient + i, mask);
        }
    }

    /// <inheritdoc/>
    internal override void Add(int count, float* source, float* target) => AddTo(source, target, count);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Normalize(int pixels, int channels, byte* bytes, float* scale, float* offset, float* output)
    {
        int i = 0;
        int count = pixels * channels;
        if (channels == 1)
        {
            V factor = V.Create(*scale);
            V summand = V.Create(*offset);
            for (; i <= count - V.Count; i += V.Count)
            {
                V x = V.LoadBytes(bytes + i);
                V.MultiplyAdd(x, factor, summand).Store(output + i);
            }
        }

        for (; i < count; i++)
        {
            output[i] = MathF.FusedMultiplyAdd(bytes[i], scale[i % channels], offset[i % channels]);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ChannelsFirst(int images, int pixels, int channels, float* input, float* output)
    {
        for (int image = 0; image < images; image++, input += pixels * channels, output += pixels * channels)
        {
            // Square blocks are transposed in registers; the rest at either edge, value by value.
            int wholePixels = pixels / V.Count * V.Count;
            int wholeChannels = channels / V.Count * V.Count;
            for (int pixel = 0; pixel < wholePixels; pixel += V.Count)
            {
                for (int channel = 0; channel < wholeChannels; channel += V.Count)
                {
                    V.Transpose(input + (pixel * channels) + channel, channels, output + (channel * pixels) + pixel, pixels);
                }
            }

            for (int channel = 0; channel < channels; channel++)
            {
                for (int pixel = channel < wholeChannels ? wholePixels : 0; pixel < pixels; pixel++)
                {
                    output[(channel * pixels) + pixel] = input[(pixel * channels) + channel];
                }
            }
        }
    }

    /// <summary>max(0, x) with the order of operands that keeps NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Relu(V x) => V.MaxElseSecond(V.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V PassWherePositive(V output, V gradient) =>
        V.GreaterThan(output, V.Zero) & gradient;
}
