using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// Max pooling looks at eight channels at a time: for each window the largest values and, beside them, where they were.
internal sealed unsafe partial class Avx2Kernels
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void MaxPoolingForward(in PoolingGeometry geometry, int images, float* input, float* output, int* index)
    {
        PoolingGeometry g = geometry;
        Vector256<int> lanes = Vector256<int>.Indices;
        for (int image = 0; image < images; image++, input += g.InputLength)
        {
            for (int row = 0; row < g.OutputHeight; row++)
            {
                for (int column = 0; column < g.OutputWidth; column++, output += g.Channels, index += g.Channels)
                {
                    int corner = ((row * g.StrideY * g.InputWidth) + (column * g.StrideX)) * g.Channels;
                    for (int channel = 0; channel < g.Channels; channel += Lanes)
                    {
                        // The masked lanes behind the last channel load as zero and are not stored.
                        Vector256<float> mask = Mask(g.Channels - channel);
                        Vector256<float> best = Avx.MaskLoad(input + corner + channel, mask);
                        Vector256<int> place = Vector256.Create(corner + channel);
                        for (int y = 0; y < g.WindowHeight; y++)
                        {
                            for (int x = y == 0 ? 1 : 0; x < g.WindowWidth; x++)
                            {
                                int at = corner + (((y * g.InputWidth) + x) * g.Channels) + channel;
                                Vector256<float> value = Avx.MaskLoad(input + at, mask);
                                Vector256<float> wins = Avx.Compare(value, best, FloatComparisonMode.OrderedGreaterThanNonSignaling)
                                    | Avx.CompareUnordered(value, value);
                                best = Avx.BlendVariable(best, value, wins);
                                place = Avx2.BlendVariable(place, Vector256.Create(at), wins.AsInt32());
                            }
                        }

                        Avx.MaskStore(output + channel, mask, best);
                        Avx2.MaskStore(index + channel, mask.AsInt32(), place + lanes);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override void MaxPoolingBackward(in PoolingGeometry geometry, int images, float* outputGradient, int* index, float* inputGradient)
    {
        PoolingGeometry g = geometry;
        for (int image = 0; image < images; image++, inputGradient += g.InputLength)
        {
            new Span<float>(inputGradient, g.InputLength).Clear();
            for (int i = 0; i < g.OutputLength; i++)
            {
                inputGradient[*index++] += *outputGradient++;
            }
        }
    }
}
