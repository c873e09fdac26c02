using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The convolution with stride 1 and at most one vector of filters, where the narrow tile would be bound by its loads: eleven for ten products.
// Neighbouring pixels see the same inputs through different columns of the filter, so here an input is loaded once and multiplied
// with all of them: for one filter row and channel, 14 inputs and 5 weights make 50 products of ten pixels with five columns.
internal sealed unsafe partial class VectorKernels<V>
{
    private const int SlidingRows = 10;
    private const int SlidingTaps = 5;

    /// <summary>Whether the sliding tile serves a convolution.</summary>
    private static bool IsSliding(in ConvolutionGeometry g) =>
        g.StrideX == 1 && g.OutputChannels <= Lanes && g.KernelWidth is > 1 and <= SlidingTaps;

    /// <summary>One output row: output [pixel][filter] = bias + patches · weights. Pixels are dealt out evenly to tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SlideRow(in ConvolutionGeometry g, float* image, float* panel, float* bias, float* output)
    {
        int tiles = (g.OutputWidth + SlidingRows - 1) / SlidingRows;
        V mask = Mask(g.OutputChannels);
        for (int tile = 0; tile < tiles; tile++)
        {
            int pixels = (g.OutputWidth + tiles - 1 - tile) / tiles;
            switch (g.KernelWidth)
            {
                case 2: Slide<Rows2>(pixels, g, mask, image, panel, bias, output); break;
                case 3: Slide<Rows3>(pixels, g, mask, image, panel, bias, output); break;
                case 4: Slide<Rows4>(pixels, g, mask, image, panel, bias, output); break;
                default: Slide<Rows5>(pixels, g, mask, image, panel, bias, output); break;
            }

            image += pixels * g.InputChannels;
            output += pixels * g.OutputChannels;
        }
    }

    private static void Slide<TTaps>(
        int pixels, in ConvolutionGeometry g, V mask, float* image, float* panel, float* bias, float* output)
        where TTaps : IRowCount
    {
        switch (pixels)
        {
            case 1: SlidingTile<Rows1, TTaps>(g, mask, image, panel, bias, output); break;
            case 2: SlidingTile<Rows2, TTaps>(g, mask, image, panel, bias, output); break;
            case 3: SlidingTile<Rows3, TTaps>(g, mask, image, panel, bias, output); break;
            case 4: SlidingTile<Rows4, TTaps>(g, mask, image, panel, bias, output); break;
            case 5: SlidingTile<Rows5, TTaps>(g, mask, image, panel, bias, output); break;
            case 6: SlidingTile<Rows6, TTaps>(g, mask, image, panel, bias, output); break;
            case 7: SlidingTile<Rows7, TTaps>(g, mask, image, panel, bias, output); break;
            case 8: SlidingTile<Rows8, TTaps>(g, mask, image, panel, bias, output); break;
            case 9: SlidingTile<Rows9, TTaps>(g, mask, image, panel, bias, output); break;
            default: SlidingTile<Rows10, TTaps>(g, mask, image, panel, bias, output); break;
        }
    }

    /// <summary>
    /// Up to ten pixels × one vector of filters × five columns of the filter: 10 accumulators, 5 vectors of weights and 1 broadcast input,
    /// all 16 registers of AVX2. The filters behind the last are computed with weights of zero and stored under the mask.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SlidingTile<TRows, TTaps>(
        in ConvolutionGeometry g, V mask, float* image, float* panel, float* bias, float* output)
        where TRows : IRowCount
        where TTaps : IRowCount
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

        // Every third input has a pointer of its own; the two behind it are one and two pixels away. So too the weights.
        nint pixel = channels;
        nint twoPixels = 2 * pixel;
        nint tap = Lanes * pixel;
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

                V x = V.Create(*a0);
                c0 = AddProduct<TRows, TTaps>(0, 0, x, w0, c0);
                x = SeesInput<TRows, TTaps>(1) ? V.Create(a0[pixel]) : default;
                c1 = AddProduct<TRows, TTaps>(1, 0, x, w0, c1);
                c0 = AddProduct<TRows, TTaps>(0, 1, x, w1, c0);
                x = SeesInput<TRows, TTaps>(2) ? V.Create(a0[twoPixels]) : default;
                c2 = AddProduct<TRows, TTaps>(2, 0, x, w0, c2);
                c1 = AddProduct<TRows, TTaps>(1, 1, x, w1, c1);
                c0 = AddProduct<TRows, TTaps>(0, 2, x, w2, c0);
                x = SeesInput<TRows, TTaps>(3) ? V.Create(*a3) : default;
                c3 = AddProduct<TRows, TTaps>(3, 0, x, w0, c3);
                c2 = AddProduct<TRows, TTaps>(2, 1, x, w1, c2);
                c1 = AddProduct<TRows, TTaps>(1, 2, x, w2, c1);
                c0 = AddProduct<TRows, TTaps>(0, 3, x, w3, c0);
                x = SeesInput<TRows, TTaps>(4) ? V.Create(a3[pixel]) : default;
                c4 = AddProduct<TRows, TTaps>(4, 0, x, w0, c4);
                c3 = AddProduct<TRows, TTaps>(3, 1, x, w1, c3);
                c2 = AddProduct<TRows, TTaps>(2, 2, x, w2, c2);
                c1 = AddProduct<TRows, TTaps>(1, 3, x, w3, c1);
                c0 = AddProduct<TRows, TTaps>(0, 4, x, w4, c0);
                x = SeesInput<TRows, TTaps>(5) ? V.Create(a3[twoPixels]) : default;
                c5 = AddProduct<TRows, TTaps>(5, 0, x, w0, c5);
                c4 = AddProduct<TRows, TTaps>(4, 1, x, w1, c4);
                c3 = AddProduct<TRows, TTaps>(3, 2, x, w2, c3);
                c2 = AddProduct<TRows, TTaps>(2, 3, x, w3, c2);
                c1 = AddProduct<TRows, TTaps>(1, 4, x, w4, c1);
                x = SeesInput<TRows, TTaps>(6) ? V.Create(*a6) : default;
                c6 = AddProduct<TRows, TTaps>(6, 0, x, w0, c6);
                c5 = AddProduct<TRows, TTaps>(5, 1, x, w1, c5);
                c4 = AddProduct<TRows, TTaps>(4, 2, x, w2, c4);
                c3 = AddProduct<TRows, TTaps>(3, 3, x, w3, c3);
                c2 = AddProduct<TRows, TTaps>(2, 4, x, w4, c2);
                x = SeesInput<TRows, TTaps>(7) ? V.Create(a6[pixel]) : default;
                c7 = AddProduct<TRows, TTaps>(7, 0, x, w0, c7);
                c6 = AddProduct<TRows, TTaps>(6, 1, x, w1, c6);
                c5 = AddProduct<TRows, TTaps>(5, 2, x, w2, c5);
                c4 = AddProduct<TRows, TTaps>(4, 3, x, w3, c4);
                c3 = AddProduct<TRows, TTaps>(3, 4, x, w4, c3);
                x = SeesInput<TRows, TTaps>(8) ? V.Create(a6[twoPixels]) : default;
                c8 = AddProduct<TRows, TTaps>(8, 0, x, w0, c8);
                c7 = AddProduct<TRows, TTaps>(7, 1, x, w1, c7);
                c6 = AddProduct<TRows, TTaps>(6, 2, x, w2, c6);
                c5 = AddProduct<TRows, TTaps>(5, 3, x, w3, c5);
                c4 = AddProduct<TRows, TTaps>(4, 4, x, w4, c4);
                x = SeesInput<TRows, TTaps>(9) ? V.Create(*a9) : default;
                c9 = AddProduct<TRows, TTaps>(9, 0, x, w0, c9);
                c8 = AddProduct<TRows, TTaps>(8, 1, x, w1, c8);
                c7 = AddProduct<TRows, TTaps>(7, 2, x, w2, c7);
                c6 = AddProduct<TRows, TTaps>(6, 3, x, w3, c6);
                c5 = AddProduct<TRows, TTaps>(5, 4, x, w4, c5);
                x = SeesInput<TRows, TTaps>(10) ? V.Create(a9[pixel]) : default;
                c9 = AddProduct<TRows, TTaps>(9, 1, x, w1, c9);
                c8 = AddProduct<TRows, TTaps>(8, 2, x, w2, c8);
                c7 = AddProduct<TRows, TTaps>(7, 3, x, w3, c7);
                c6 = AddProduct<TRows, TTaps>(6, 4, x, w4, c6);
                x = SeesInput<TRows, TTaps>(11) ? V.Create(a9[twoPixels]) : default;
                c9 = AddProduct<TRows, TTaps>(9, 2, x, w2, c9);
                c8 = AddProduct<TRows, TTaps>(8, 3, x, w3, c8);
                c7 = AddProduct<TRows, TTaps>(7, 4, x, w4, c7);
                x = SeesInput<TRows, TTaps>(12) ? V.Create(*a12) : default;
                c9 = AddProduct<TRows, TTaps>(9, 3, x, w3, c9);
                c8 = AddProduct<TRows, TTaps>(8, 4, x, w4, c8);
                x = SeesInput<TRows, TTaps>(13) ? V.Create(a12[pixel]) : default;
                c9 = AddProduct<TRows, TTaps>(9, 4, x, w4, c9);
                b0 += Lanes;
                b3 += Lanes;
                a0++;
                a3++;
                a6++;
                a9++;
                a12++;
            }
        }

        nint outputPixel = g.OutputChannels;
        StoreRow<TRows, SomeColumns>(0, output, mask, c0);
        StoreRow<TRows, SomeColumns>(1, output + outputPixel, mask, c1);
        StoreRow<TRows, SomeColumns>(2, output + (2 * outputPixel), mask, c2);
        StoreRow<TRows, SomeColumns>(3, output + (3 * outputPixel), mask, c3);
        StoreRow<TRows, SomeColumns>(4, output + (4 * outputPixel), mask, c4);
        StoreRow<TRows, SomeColumns>(5, output + (5 * outputPixel), mask, c5);
        StoreRow<TRows, SomeColumns>(6, output + (6 * outputPixel), mask, c6);
        StoreRow<TRows, SomeColumns>(7, output + (7 * outputPixel), mask, c7);
        StoreRow<TRows, SomeColumns>(8, output + (8 * outputPixel), mask, c8);
        StoreRow<TRows, SomeColumns>(9, output + (9 * outputPixel), mask, c9);
    }

    /// <summary>Whether any pixel of the tile sees an input; constant for the JIT.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool SeesInput<TRows, TTaps>(int input)
        where TRows : IRowCount
        where TTaps : IRowCount =>
        input < TRows.Value + TTaps.Value - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V AddProduct<TRows, TTaps>(int row, int tap, V input, V weight, V sum)
        where TRows : IRowCount
        where TTaps : IRowCount =>
        row < TRows.Value && tap < TTaps.Value ? V.MultiplyAdd(input, weight, sum) : sum;
}
