using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Average pooling goes a vector of channels at a time: a sum in a register for each window, and back a share of it to each place.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void AveragePoolingForward(in PoolingGeometry geometry, int images, float* input, float* output)
    {
        PoolingGeometry g = geometry;
        V size = V.Create((float)(g.WindowHeight * g.WindowWidth));
        for (int image = 0; image < images; image++, input += g.InputLength)
        {
            for (int row = 0; row < g.OutputHeight; row++)
            {
                for (int column = 0; column < g.OutputWidth; column++, output += g.Channels)
                {
                    float* corner = input + (((row * g.StrideY * g.InputWidth) + (column * g.StrideX)) * g.Channels);
                    for (int channel = 0; channel < g.Channels; channel += V.Count)
                    {
                        V mask = V.Mask(g.Channels - channel);
                        V sum = default;
                        for (int y = 0; y < g.WindowHeight; y++)
                        {
                            float* source = corner + (y * g.InputWidth * g.Channels) + channel;
                            for (int x = 0; x < g.WindowWidth; x++, source += g.Channels)
                            {
                                sum += V.Load(source, mask);
                            }
                        }

                        (sum / size).Store(output + channel, mask);
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
        V size = V.Create((float)(g.WindowHeight * g.WindowWidth));
        for (int image = 0; image < images; image++, inputGradient += g.InputLength)
        {
            new Span<float>(inputGradient, g.InputLength).Clear();
            for (int row = 0; row < g.OutputHeight; row++)
            {
                for (int column = 0; column < g.OutputWidth; column++, outputGradient += g.Channels)
                {
                    float* corner = inputGradient + (((row * g.StrideY * g.InputWidth) + (column * g.StrideX)) * g.Channels);
                    for (int channel = 0; channel < g.Channels; channel += V.Count)
                    {
                        V mask = V.Mask(g.Channels - channel);
                        V share = V.Load(outputGradient + channel, mask) / size;
                        for (int y = 0; y < g.WindowHeight; y++)
                        {
                            float* target = corner + (y * g.InputWidth * g.Channels) + channel;
                            for (int x = 0; x < g.WindowWidth; x++, target += g.Channels)
                            {
                                (V.Load(target, mask) + share).Store(target, mask);
                            }
                        }
                    }
                }
            }
        }
    }
}
