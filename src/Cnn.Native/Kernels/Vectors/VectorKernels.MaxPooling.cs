using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Max pooling works on a vector of channels at a time: for each window, the largest values and their indices.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void MaxPoolingForward(in PoolingGeometry geometry, int images, float* input, float* output, int* index)
    {
        PoolingGeometry g = geometry;
        V lanes = V.IndicesInt32;
        for (int image = 0; image < images; image++, input += g.InputLength)
        {
            for (int row = 0; row < g.OutputHeight; row++)
            {
                (int top, int bottom) = g.Rows(row);
                int rows = bottom - top;
                for (int column = 0; column < g.OutputWidth; column++, output += g.Channels, index += g.Channels)
                {
                    (int left, int right) = g.Columns(column);
                    int columns = right - left;
                    int corner = ((top * g.InputWidth) + left) * g.Channels;
                    for (int channel = 0; channel < g.Channels; channel += V.Count)
                    {
                        // The masked lanes after the last channel load as zero and are not stored.
                        V mask = V.Mask(g.Channels - channel);
                        V best = V.Load(input + corner + channel, mask);
                        V place = V.CreateInt32(corner + channel);
                        for (int y = 0; y < rows; y++)
                        {
                            for (int x = y == 0 ? 1 : 0; x < columns; x++)
                            {
                                int at = corner + (((y * g.InputWidth) + x) * g.Channels) + channel;
                                V value = V.Load(input + at, mask);
                                V wins = V.GreaterThan(value, best)
                                    | V.IsNaN(value);
                                best = V.Select(wins, value, best);
                                place = V.Select(wins, V.CreateInt32(at), place);
                            }
                        }

                        best.Store(output + channel, mask);
                        V.AddInt32(place, lanes).Store((float*)(index + channel), mask);
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
