namespace Cnn.Kernels;

internal sealed unsafe partial class ScalarKernels
{
    /// <inheritdoc/>
    internal override void AveragePoolingForward(in PoolingGeometry geometry, int images, float* input, float* output)
    {
        PoolingGeometry g = geometry;
        for (int image = 0; image < images; image++, input += g.InputLength)
        {
            for (int i = 0; i < g.OutputLength; i++)
            {
                ((int top, int bottom), (int left, int right), int channel) = WindowOf(g, i);
                float sum = 0;
                for (int y = top; y < bottom; y++)
                {
                    for (int x = left; x < right; x++)
                    {
                        sum += input[(((y * g.InputWidth) + x) * g.Channels) + channel];
                    }
                }

                *output++ = sum / g.Pixels(bottom - top, right - left);
            }
        }
    }

    /// <inheritdoc/>
    internal override void AveragePoolingBackward(in PoolingGeometry geometry, int images, float* outputGradient, float* inputGradient)
    {
        PoolingGeometry g = geometry;
        new Span<float>(inputGradient, images * g.InputLength).Clear();
        for (int image = 0; image < images; image++, inputGradient += g.InputLength)
        {
            for (int i = 0; i < g.OutputLength; i++, outputGradient++)
            {
                ((int top, int bottom), (int left, int right), int channel) = WindowOf(g, i);
                for (int y = top; y < bottom; y++)
                {
                    for (int x = left; x < right; x++)
                    {
                        inputGradient[(((y * g.InputWidth) + x) * g.Channels) + channel] += *outputGradient / g.Pixels(bottom - top, right - left);
                    }
                }
            }
        }
    }

    /// <summary>The rows and columns of the image, and the channel, that output i, [row][column][channel], sees.</summary>
    private static ((int Top, int Bottom) Rows, (int Left, int Right) Columns, int Channel) WindowOf(in PoolingGeometry g, int i)
    {
        int pixel = i / g.Channels;
        return (g.Rows(pixel / g.OutputWidth), g.Columns(pixel % g.OutputWidth), i % g.Channels);
    }
}
