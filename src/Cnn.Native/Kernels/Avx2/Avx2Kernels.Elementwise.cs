using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// One value in, one value out: whole vectors, and a last one under a mask.
internal sealed unsafe partial class Avx2Kernels
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ReluForward(int count, float* input, float* output)
    {
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            Relu(Vector256.Load(input + i)).Store(output + i);
        }

        if (i < count)
        {
            Vector256<float> mask = Mask(count - i);
            Avx.MaskStore(output + i, mask, Relu(Avx.MaskLoad(input + i, mask)));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ReluBackward(int count, float* output, float* outputGradient, float* inputGradient)
    {
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            PassWherePositive(Vector256.Load(output + i), Vector256.Load(outputGradient + i)).Store(inputGradient + i);
        }

        if (i < count)
        {
            Vector256<float> mask = Mask(count - i);
            Avx.MaskStore(inputGradient + i, mask, PassWherePositive(Avx.MaskLoad(output + i, mask), Avx.MaskLoad(outputGradient + i, mask)));
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
            Vector256<float> factor = Vector256.Create(*scale);
            Vector256<float> summand = Vector256.Create(*offset);
            for (; i <= count - Lanes; i += Lanes)
            {
                Vector256<float> x = Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(bytes + i));
                Fma.MultiplyAdd(x, factor, summand).Store(output + i);
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
            // Blocks of 8 × 8 are turned in registers; what is left over at either edge, one by one.
            int wholePixels = pixels / Lanes * Lanes;
            int wholeChannels = channels / Lanes * Lanes;
            for (int pixel = 0; pixel < wholePixels; pixel += Lanes)
            {
                for (int channel = 0; channel < wholeChannels; channel += Lanes)
                {
                    Transpose(input + (pixel * channels) + channel, channels, output + (channel * pixels) + pixel, pixels);
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

    /// <summary>Eight rows of eight floats to eight columns: pairs, then quarters, then halves change places.</summary>
    private static void Transpose(float* source, nint sourceRow, float* target, nint targetRow)
    {
        Vector256<float> r0 = Vector256.Load(source);
        Vector256<float> r1 = Vector256.Load(source + sourceRow);
        Vector256<float> r2 = Vector256.Load(source + (2 * sourceRow));
        Vector256<float> r3 = Vector256.Load(source + (3 * sourceRow));
        Vector256<float> r4 = Vector256.Load(source + (4 * sourceRow));
        Vector256<float> r5 = Vector256.Load(source + (5 * sourceRow));
        Vector256<float> r6 = Vector256.Load(source + (6 * sourceRow));
        Vector256<float> r7 = Vector256.Load(source + (7 * sourceRow));
        Vector256<float> p0 = Avx.UnpackLow(r0, r1);
        Vector256<float> p1 = Avx.UnpackHigh(r0, r1);
        Vector256<float> p2 = Avx.UnpackLow(r2, r3);
        Vector256<float> p3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> p4 = Avx.UnpackLow(r4, r5);
        Vector256<float> p5 = Avx.UnpackHigh(r4, r5);
        Vector256<float> p6 = Avx.UnpackLow(r6, r7);
        Vector256<float> p7 = Avx.UnpackHigh(r6, r7);
        r0 = Avx.Shuffle(p0, p2, 0x44);
        r1 = Avx.Shuffle(p0, p2, 0xEE);
        r2 = Avx.Shuffle(p1, p3, 0x44);
        r3 = Avx.Shuffle(p1, p3, 0xEE);
        r4 = Avx.Shuffle(p4, p6, 0x44);
        r5 = Avx.Shuffle(p4, p6, 0xEE);
        r6 = Avx.Shuffle(p5, p7, 0x44);
        r7 = Avx.Shuffle(p5, p7, 0xEE);
        Avx.Permute2x128(r0, r4, 0x20).Store(target);
        Avx.Permute2x128(r1, r5, 0x20).Store(target + targetRow);
        Avx.Permute2x128(r2, r6, 0x20).Store(target + (2 * targetRow));
        Avx.Permute2x128(r3, r7, 0x20).Store(target + (3 * targetRow));
        Avx.Permute2x128(r0, r4, 0x31).Store(target + (4 * targetRow));
        Avx.Permute2x128(r1, r5, 0x31).Store(target + (5 * targetRow));
        Avx.Permute2x128(r2, r6, 0x31).Store(target + (6 * targetRow));
        Avx.Permute2x128(r3, r7, 0x31).Store(target + (7 * targetRow));
    }

    /// <summary>max(0, x) in that order of operands, in which the instruction hands on a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Relu(Vector256<float> x) => Avx.Max(Vector256<float>.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PassWherePositive(Vector256<float> output, Vector256<float> gradient) =>
        Avx.Compare(output, Vector256<float>.Zero, FloatComparisonMode.OrderedGreaterThanNonSignaling) & gradient;
}
