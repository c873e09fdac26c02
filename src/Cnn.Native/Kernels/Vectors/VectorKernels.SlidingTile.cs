using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The convolution with stride 1 and at most one vector of filters, where loads limit the speed of the narrow tile: eleven for ten products. Neighbouring
// pixels see the same inputs through different columns of the filter, so here an input is loaded once and multiplied with all of them: for one filter row and
// channel, 14 inputs and 5 weights make 50 products of ten pixels with five columns.
internal sealed unsafe partial class VectorKernels<V>
{
    private const int SlidingRows = 10;
    private const int SlidingTaps = 5;

    /// <summary>Whether the sliding tile applies to a convolution.</summary>
    private static bool IsSliding(in ConvolutionGeometry g) =>
        g.StrideX == 1 && g.OutputChannels <= V.Count && g.KernelWidth is > 1 and <= SlidingTaps;

    /// <summary>One output row: output [pixel][filter] = bias + patches · weights. Pixels are divided evenly into tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SlideRow(in ConvolutionGeometry g, float* image, float* panel, float* bias, float* output)
    {
        int tiles = (g.OutputWidth + SlidingRows - 1) / SlidingRows;
        V mask = V.Mask(g.OutputChannels);
        for (int tile = 0; tile < tiles; tile++)
        {
            int pixels = (g.OutputWidth + tiles - 1 - tile) / tiles;
            switch (g.KernelWidth)
            {
                case 2: Slide<Constant2>(pixels, g, mask, image, panel, bias, output); break;
                case 3: Slide<Constant3>(pixels, g, mask, image, panel, bias, output); break;
                case 4: Slide<Constant4>(pixels, g, mask, image, panel, bias, output); break;
                default: Slide<Constant5>(pixels, g, mask, image, panel, bias, output); break;
            }

            image += pixels * g.InputChannels;
            output += pixels * g.OutputChannels;
        }
    }

    private static void Slide<TTaps>(
        int pixels, in ConvolutionGeometry g, V mask, float* image, float* panel, float* bias, float* output)
        where TTaps : IConstant
    {
        switch (pixels)
        {
            case 1: SlidingTile<Constant1, TTaps>(g, mask, image, panel, bias, output); break;
            case 2: SlidingTile<Constant2, TTaps>(g, mask, image, panel, bias, output); break;
            case 3: SlidingTile<Constant3, TTaps>(g, mask, image, panel, bias, output); break;
            case 4: SlidingTile<Constant4, TTaps>(g, mask, image, panel, bias, output); break;
            case 5: SlidingTile<Constant5, TTaps>(g, mask, image, panel, bias, output); break;
            case 6: SlidingTile<Constant6, TTaps>(g, mask, image, panel, bias, output); break;
            case 7: SlidingTile<Constant7, TTaps>(g, mask, image, panel, bias, output); break;
            case 8: SlidingTile<Constant8, TTaps>(g, mask, image, panel, bias, output); break;
            case 9: SlidingTile<Constant9, TTaps>(g, mask, image, panel, bias, output); break;
            default: SlidingTile<Constant10, TTaps>(g, mask, image, panel, bias, output); break;
        }
    }

    /// <summary>
    /// Up to ten pixels × one vector of filters × five columns of the filter: 10 accumulators, 5 vectors of weights and 1 broadcast input, all 16 registers
    /// of AVX2. The lanes after the last filter are computed with weights of zero and stored under the mask.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SlidingTile<TRows, TTaps>(
        in ConvolutionGeometry g, V mask, float* image, float* panel, float* bias, float* output)
        where TRows : IConstant
        where TTaps : IConstant
    {
        int channels = g.InputChannels;
        int kernelRows = g.KernelHeight;
        nint imageRow = (nint)g.InputWidth * channels;
        V c0 = V.Load(bias);
        V c1 = c0;
        V c2 = c0;
        V c3 = c0;
        V c4 = c0;
        V c5 = c0;
        V c6 = c0;
        V c7 = c0;
        V c8 = c0;
        V c9 = c0;
        V none = default;

        // Every third input has its own pointer; the next two are one and two pixels away. The same holds for the weights.
        nint pixel = channels;
        nint twoPixels = 2 * pixel;
        nint tap = V.Count * pixel;
        nint twoTaps = 2 * tap;
        for (int ky = 0; ky < kernelRows; ky++)
        {
            float* a0 = image + (ky * imageRow);
            float* a3 = a0 + pixel + twoPixels;
            float* a6 = a3 + pixel + twoPixels;
            float* a9 = a6 + pixel + twoPixels;
            float* a12 = a9 + pixel + twoPixels;
            float* b0 = panel + (ky * TTaps.Value * tap);
            float* b3 = b0 + tap + twoTaps;
            for (int channel = 0; channel < channels; channel++)
            {
                V w0 = V.Load(b0);
                V w1 = V.Load(b0 + tap);
                V w2 = TTaps.Value > 2 ? V.Load(b0 + twoTaps) : default;
                V w3 = TTaps.Value > 3 ? V.Load(b3) : default;
                V w4 = TTaps.Value > 4 ? V.Load(b3 + tap) : default;

                AddInput<TRows, TTaps>(0, a0, w0, w1, w2, w3, w4, ref c0, ref none, ref none, ref none, ref none);
                AddInput<TRows, TTaps>(1, a0 + pixel, w0, w1, w2, w3, w4, ref c1, ref c0, ref none, ref none, ref none);
                AddInput<TRows, TTaps>(2, a0 + twoPixels, w0, w1, w2, w3, w4, ref c2, ref c1, ref c0, ref none, ref none);
                AddInput<TRows, TTaps>(3, a3, w0, w1, w2, w3, w4, ref c3, ref c2, ref c1, ref c0, ref none);
                AddInput<TRows, TTaps>(4, a3 + pixel, w0, w1, w2, w3, w4, ref c4, ref c3, ref c2, ref c1, ref c0);
                AddInput<TRows, TTaps>(5, a3 + twoPixels, w0, w1, w2, w3, w4, ref c5, ref c4, ref c3, ref c2, ref c1);
                AddInput<TRows, TTaps>(6, a6, w0, w1, w2, w3, w4, ref c6, ref c5, ref c4, ref c3, ref c2);
                AddInput<TRows, TTaps>(7, a6 + pixel, w0, w1, w2, w3, w4, ref c7, ref c6, ref c5, ref c4, ref c3);
                AddInput<TRows, TTaps>(8, a6 + twoPixels, w0, w1, w2, w3, w4, ref c8, ref c7, ref c6, ref c5, ref c4);
                AddInput<TRows, TTaps>(9, a9, w0, w1, w2, w3, w4, ref c9, ref c8, ref c7, ref c6, ref c5);
                AddInput<TRows, TTaps>(10, a9 + pixel, w0, w1, w2, w3, w4, ref none, ref c9, ref c8, ref c7, ref c6);
                AddInput<TRows, TTaps>(11, a9 + twoPixels, w0, w1, w2, w3, w4, ref none, ref none, ref c9, ref c8, ref c7);
                AddInput<TRows, TTaps>(12, a12, w0, w1, w2, w3, w4, ref none, ref none, ref none, ref c9, ref c8);
                AddInput<TRows, TTaps>(13, a12 + pixel, w0, w1, w2, w3, w4, ref none, ref none, ref none, ref none, ref c9);
                b0 += V.Count;
                b3 += V.Count;
                a0++;
                a3++;
                a6++;
                a9++;
                a12++;
            }
        }

        nint outputPixel = g.OutputChannels;
        StorePixel<TRows>(0, output, mask, c0);
        StorePixel<TRows>(1, output + outputPixel, mask, c1);
        StorePixel<TRows>(2, output + (2 * outputPixel), mask, c2);
        StorePixel<TRows>(3, output + (3 * outputPixel), mask, c3);
        StorePixel<TRows>(4, output + (4 * outputPixel), mask, c4);
        StorePixel<TRows>(5, output + (5 * outputPixel), mask, c5);
        StorePixel<TRows>(6, output + (6 * outputPixel), mask, c6);
        StorePixel<TRows>(7, output + (7 * outputPixel), mask, c7);
        StorePixel<TRows>(8, output + (8 * outputPixel), mask, c8);
        StorePixel<TRows>(9, output + (9 * outputPixel), mask, c9);
    }

    /// <summary>Adds the products of one input: with column <c>k</c> of the filter to the pixel <c>k</c> before it, if the tile has both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddInput<TRows, TTaps>(
        int input, float* source, V w0, V w1, V w2, V w3, V w4, ref V s0, ref V s1, ref V s2, ref V s3, ref V s4)
        where TRows : IConstant
        where TTaps : IConstant
    {
        if (input < TRows.Value + TTaps.Value - 1)
        {
            V x = V.Create(*source);
            AddProduct<TRows, TTaps>(input, 0, x, w0, ref s0);
            AddProduct<TRows, TTaps>(input - 1, 1, x, w1, ref s1);
            AddProduct<TRows, TTaps>(input - 2, 2, x, w2, ref s2);
            AddProduct<TRows, TTaps>(input - 3, 3, x, w3, ref s3);
            AddProduct<TRows, TTaps>(input - 4, 4, x, w4, ref s4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProduct<TRows, TTaps>(int row, int tap, V input, V weight, ref V sum)
        where TRows : IConstant
        where TTaps : IConstant
    {
        if (row >= 0 && row < TRows.Value && tap < TTaps.Value)
        {
            sum = V.MultiplyAdd(input, weight, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePixel<TRows>(int row, float* target, V mask, V value)
        where TRows : IConstant
    {
        if (row < TRows.Value)
        {
            value.Store(target, mask);
        }
    }
}
