using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// Average pooling goes eight channels at a time: a sum in a register for each window, and back a share of it to each place.
internal sealed unsafe partial class Avx2Kernels
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void AveragePoolingForward(in PoolingGeometry geometry, int images, float* input, float* output)
    {
        PoolingGeometry g = geometry;
        Vector256<float> size = Vector256.Create((float)(g.WindowHeight * g.WindowWidth));
        for (int image = 0; image < images; image++, input += g.InputLength)
        {
            for (int row = 0; row < g.OutputHeight; row++)
            {
                for (int column = 0; column < g.OutputWidth; column++, output += g.Channels)
                {
                    float* corner = input + (((row * g.StrideY * g.InputWidth) + (column * g.StrideX)) * g.Channels);
                    for (int channel = 0; channel < g.Channels; channel += Lanes)
                    {
                        Vector256<float> mask = Mask(g.Channels - channel);
                        Vector256<float> sum = default;
                        for (int y = 0; y < g.WindowHeight; y++)
                        {
                            float* source = corner + (y * g.InputWidth * g.Channels) + channel;
                            for (int x = 0; x < g.WindowWidth; x++, source += g.Channels)
                            {
                                sum += Avx.MaskLoad(source, mask);
                            }
                        }

                        Avx.MaskStore(output + channel, mask, sum / size);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void AveragePoolingBackward(in PoolingGeometry geometry, int images, float* outputGradient, float* inputGradient)
    {
        PoolingGeometry g = geometry;
        Vector256<float> size = Vector256.Create((float)(g.WindowHeight * g.WindowWidth));
        for (int image = 0; image < images; image++, inputGradient += g.InputLength)
        {
            new Span<float>(inputGradient, g.InputLength).Clear();
            for (int row = 0; row < g.OutputHeight; row++)
            {
                for (int column = 0; column < g.OutputWidth; column++, outputGradient += g.Channels)
                {
                    float* corner = inputGradient + (((row * g.StrideY * g.InputWidth) + (column * g.StrideX)) * g.Channels);
                    for (int channel = 0; channel < g.Channels; channel += Lanes)
                    {
                        Vector256<float> mask = Mask(g.Channels - channel);
                        Vector256<float> share = Avx.MaskLoad(outputGradient + channel, mask) / size;
                        for (int y = 0; y < g.WindowHeight; y++)
                        {
                            float* target = corner + (y * g.InputWidth * g.Channels) + channel;
                            for (int x = 0; x < g.WindowWidth; x++, target += g.Channels)
                            {
                                Avx.MaskStore(target, mask, Avx.MaskLoad(target, mask) + share);
                            }
                        }
                    }
                }
            }
        }
    }
}
