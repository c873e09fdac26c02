using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// A convolution with a stride of 2 equals one with stride 1 of the folded image, in which 2×2 neighbouring pixels become one pixel with four
// times the channels, and with folded filters: filters of five rows then have three, where the second half of the last row is zero. (Other programs call the folding
// "space to depth".) The folded convolution uses Winograd's algorithm; the zeros cost less than the algorithm saves.
// 
// folded pixel (y, x), channel (py, px, c)  =  padded pixel (2y + py, 2x + px), channel c
// folded tap (ky, kx), channel (py, px, c)  =  tap (2ky + py, 2kx + px), channel c; zero beyond the filter
// 
// With channels last, (px, c) are neighbours in the image as well, so rows are folded in runs of two pixels.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>The convolution of the folded image; the convolution itself if its stride is 1.</summary>
    private static ConvolutionGeometry Folded(in ConvolutionGeometry g)
    {
        if (g.StrideX == 1)
        {
            return g;
        }

        int rows = (g.KernelHeight + 1) / 2;
        int columns = (g.KernelWidth + 1) / 2;
        return new ConvolutionGeometry(
            checked(4 * g.InputChannels), checked(g.OutputHeight + rows - 1), checked(g.OutputWidth + columns - 1), g.OutputChannels, rows, columns, 1, 1, 0, 0);
    }

    /// <summary>Floats of the folded weights; 0 if nothing is folded.</summary>
    private static int FoldedWeightsLength(in ConvolutionGeometry g) => g.StrideX == 1 ? 0 : Folded(g).WeightLength;

    /// <summary>The index of a tap of the folded filter in a filter, [channel][ky][kx]; −1 if it is zero.</summary>
    /// <param name="g">The convolution.</param>
    /// <param name="channel">The folded channel.</param>
    /// <param name="tap">The folded tap.</param>
    private static int TapOf(in ConvolutionGeometry g, int channel, int tap)
    {
        if (g.StrideX == 1)
        {
            return (channel * g.KernelHeight * g.KernelWidth) + tap;
        }

        (int phase, int original) = Math.DivRem(channel, g.InputChannels);
        (int row, int column) = Math.DivRem(tap, (g.KernelWidth + 1) / 2);
        int y = (2 * row) + (phase / 2);
        int x = (2 * column) + (phase % 2);
        return y < g.KernelHeight && x < g.KernelWidth ? (((original * g.KernelHeight) + y) * g.KernelWidth) + x : -1;
    }

    /// <summary>[filter][channel][ky][kx] to [filter][folded channel][folded tap].</summary>
    private static void FoldWeights(in ConvolutionGeometry g, float* weight, float* folded)
    {
        ConvolutionGeometry to = Folded(g);
        int taps = to.KernelHeight * to.KernelWidth;
        for (int index = 0; index < to.PatchLength; index++)
        {
            int place = TapOf(g, index / taps, index % taps);
            for (int filter = 0; filter < g.OutputChannels; filter++)
            {
                folded[((nint)filter * to.PatchLength) + index] = place < 0 ? 0 : weight[((nint)filter * g.PatchLength) + place];
            }
        }
    }

    /// <summary>
    /// Copies an image into the folded image with padding, or the folded one back. Positions that no filter sees are zero in the folded image, and are not
    /// copied. With stride 1, this only adds the padding.
    /// </summary>
    /// <param name="g">The convolution.</param>
    /// <param name="columns">Columns of the folded image.</param>
    /// <param name="image">The image, [row][column][channel].</param>
    /// <param name="folded">The folded image, [row][column][folded channel].</param>
    /// <param name="isBack">Whether to copy from the folded image.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyFolded(in ConvolutionGeometry g, int columns, float* image, float* folded, bool isBack)
    {
        int stride = g.StrideX;
        int pixel = stride * g.InputChannels;
        nint foldedRow = (nint)columns * pixel * stride;
        int row = g.InputWidth * g.InputChannels;

        // With stride 1 every row is one run; with stride 2 the rows of a pair alternate, two pixels at a time.
        int run = stride == 1 ? row : pixel;
        int firstRun = g.PaddingX / stride * stride;
        int seenRows = stride == 1 ? g.InputHeight : Math.Min(g.InputHeight, (stride * (g.OutputHeight - 1)) + g.KernelHeight - g.PaddingY);
        int seen = stride == 1 ? row : Math.Min(g.InputWidth, (stride * (g.OutputWidth - 1)) + g.KernelWidth - g.PaddingX) * g.InputChannels;
        for (int y = 0; y < seenRows; y++, image += row)
        {
            (int pair, int phase) = Math.DivRem(y + g.PaddingY, stride);
            float* to = folded + (pair * foldedRow) + (phase * pixel) + ((nint)firstRun * g.InputChannels * stride);

            // If the padding is odd, the first run begins in the padding.
            for (int first = (firstRun - g.PaddingX) * g.InputChannels; first < seen; first += run, to += run * stride)
            {
                int inside = Math.Max(first, 0);
                int count = Math.Min(first + run, seen) - inside;
                if (isBack)
                {
                    Copy(to + inside - first, image + inside, count);
                }
                else
                {
                    Copy(image + inside, to + inside - first, count);
                }
            }
        }
    }
}
