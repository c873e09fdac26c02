using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cnn.Data;

/// <summary>
/// Mean and standard deviation of every channel, of pixel/255, for normalisation. They are computed from sums of whole numbers, so they do not depend on the
/// order of the images.
/// </summary>
public sealed class ImageStatistics
{
    /// <summary>A vector adds four squares to each 32-bit lane, and 4 · 255² · 16,384 is just less than 2³².</summary>
    private const int VectorsPerBlock = 16_384;

    private ImageStatistics(ImmutableArray<float> mean, ImmutableArray<float> standardDeviation)
    {
        Mean = mean;
        StandardDeviation = standardDeviation;
    }

    /// <summary>The mean of every channel, from 0 to 1.</summary>
    public ImmutableArray<float> Mean { get; }

    /// <summary>The standard deviation of every channel (of the whole population: divided by n), from 0 to 0.5.</summary>
    public ImmutableArray<float> StandardDeviation { get; }

    /// <summary>Computes the statistics of the images of a set.</summary>
    internal static ImageStatistics Of(ImageSet images)
    {
        int channels = images.ImageShape.Channels;
        ulong[] sums = new ulong[channels];
        ulong[] squares = new ulong[channels];
        foreach (ImageSet run in images.Runs())
        {
            if (channels == 1)
            {
                (ulong sum, ulong square) = Sums(run.Pixels);
                (sums[0], squares[0]) = (sums[0] + sum, squares[0] + square);
            }
            else
            {
                AddByChannel(run.Pixels, sums, squares);
            }
        }

        ulong count = (ulong)(images.ByteCount / channels);
        float[] mean = new float[channels];
        float[] deviation = new float[channels];
        for (int channel = 0; channel < channels; channel++)
        {
            // n·Σx² − (Σx)² needs more than 64 bits; it is exact here, and never negative.
            UInt128 spread = ((UInt128)count * squares[channel]) - ((UInt128)sums[channel] * sums[channel]);
            mean[channel] = (float)(sums[channel] / (255.0 * count));
            deviation[channel] = (float)(Math.Sqrt((double)spread) / (255.0 * count));
        }

        return new ImageStatistics([.. mean], [.. deviation]);
    }

    // A set is summed once, at the start of a training: the runtime has no time to find out that the loop is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (ulong Sum, ulong SquareSum) Sums(ReadOnlySpan<byte> pixels)
    {
        ulong sum = 0;
        ulong squareSum = 0;
        int i = 0;
        while (pixels.Length - i >= Vector<byte>.Count)
        {
            int vectors = Math.Min((pixels.Length - i) / Vector<byte>.Count, VectorsPerBlock);
            Vector<uint> blockSum = Vector<uint>.Zero;
            Vector<uint> blockSquares = Vector<uint>.Zero;
            for (int v = 0; v < vectors; v++, i += Vector<byte>.Count)
            {
                Vector.Widen(new Vector<byte>(pixels[i..]), out Vector<ushort> low, out Vector<ushort> high);
                blockSum += Widened(low + high);
                blockSquares += Widened(low * low) + Widened(high * high);
            }

            for (int lane = 0; lane < Vector<uint>.Count; lane++)
            {
                sum += blockSum[lane];
                squareSum += blockSquares[lane];
            }
        }

        for (; i < pixels.Length; i++)
        {
            sum += pixels[i];
            squareSum += (uint)(pixels[i] * pixels[i]);
        }

        return (sum, squareSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Widened(Vector<ushort> values)
    {
        Vector.Widen(values, out Vector<uint> low, out Vector<uint> high);
        return low + high;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddByChannel(ReadOnlySpan<byte> pixels, ulong[] sums, ulong[] squares)
    {
        int channels = sums.Length;
        for (int i = 0; i < pixels.Length; i += channels)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                uint value = pixels[i + channel];
                sums[channel] += value;
                squares[channel] += value * value;
            }
        }
    }
}
