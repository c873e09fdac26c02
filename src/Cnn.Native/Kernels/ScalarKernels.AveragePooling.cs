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
                float sum = 0;
                for (int place = 0; place < g.WindowHeight * g.WindowWidth; place++)
                {
                    sum += input[PooledInput(g, i, place)];
                }

                *output++ = sum / (g.WindowHeight * g.WindowWidth);
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
                for (int place = 0; place < g.WindowHeight * g.WindowWidth; place++)
                {
                    inputGradient[PooledInput(g, i, place)] += *outputGradient / (g.WindowHeight * g.WindowWidth);
                }
            }
        }
    }

    /// <summary>Where in the image the input lies that output i, [row][column][channel], sees at one place of its window.</summary>
    private static int PooledInput(in PoolingGeometry g, int i, int place)
    {
        int pixel = i / g.Channels;
        int y = (pixel / g.OutputWidth * g.StrideY) + (place / g.WindowWidth);
        int x = (pixel % g.OutputWidth * g.StrideX) + (place % g.WindowWidth);
        return (((y * g.InputWidth) + x) * g.Channels) + (i % g.Channels);
    }
}
