using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Average pooling works on a vector of channels at a time: the forward pass sums each window in a register, and the backward pass adds an equal share to each
// position.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void AveragePoolingForward(in PoolingGeometry geometry, int images, float* input, float* output)
    {
        PoolingGeometry g = geometry;
        for (int image = 0; image < images; image++, input += g.InputLength)
        {
            for (int row = 0; row < g.OutputHeight; row++)
            {
                (int top, int bottom) = g.Rows(row);
                int rows = bottom - top;
                for (int column = 0; column < g.OutputWidth; column++, output += g.Channels)
                {
                    (int left, int right) = g.Columns(column);
                    int columns = right - left;
                    V size = V.Create((float)g.Pixels(rows, columns));
                    float* corner = input + (((top * g.InputWidth) + left) * g.Channels);
                    for (int channel = 0; channel < g.Channels; channel += V.Count)
                    {
                        V mask = V.Mask(g.Channels - channel);
                        V sum = default;
                        for (int y = 0; y < rows; y++)
                        {
                            float* source = corner + (y * g.InputWidth * g.Channels) + channel;
                            for (int x = 0; x < columns; x++, source += g.Channels)
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
        for (int image = 0; image < images; image++, inputGradient += g.InputLength)
        {
            new Span<float>(inputGradient, g.InputLength).Clear();
            for (int row = 0; row < g.OutputHeight; row++)
            {
                (int top, int bottom) = g.Rows(row);
                int rows = bottom - top;
                for (int column = 0; column < g.OutputWidth; column++, outputGradient += g.Channels)
                {
                    (int left, int right) = g.Columns(column);
                    int columns = right - left;
                    V size = V.Create((float)g.Pixels(rows, columns));
                    float* corner = inputGradient + (((top * g.InputWidth) + left) * g.Channels);
                    for (int channel = 0; channel < g.Channels; channel += V.Count)
                    {
                        V mask = V.Mask(g.Channels - channel);
                        V share = V.Load(outputGradient + channel, mask) / size;
                        for (int y = 0; y < rows; y++)
                        {
                            float* target = corner + (y * g.InputWidth * g.Channels) + channel;
                            for (int x = 0; x < columns; x++, target += g.Channels)
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
