using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Convolution with the same pixel of several images in the rows of a tile. Such a tile computes only the taps of the filter that fall inside the image, so
// padding is neither copied nor multiplied, and the height of the tile does not depend on the width of the output. For small pictures with wide padding, this
// saves most of the work: a gradient of 4×4 pixels that a convolution with flipped filters of 5×5 extends to 8×8 is three quarters zeros. Products are added
// in the same order as in the tiles of neighbouring pixels.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>Whether tiles of images are cheaper than tiles of neighbouring pixels.</summary>
    private static bool IsForImages(in ConvolutionGeometry g, int images)
    {
        if (images < 2 || IsSliding(g))
        {
            return false;
        }

        int rows = g.OutputChannels > V.Count ? V.WideRows : NarrowRows;
        double all = (double)g.OutputPixels * g.KernelHeight * g.KernelWidth;
        double seen = (double)SeenTaps(g.OutputHeight, g.StrideY, g.PaddingY, g.KernelHeight, g.InputHeight)
            * SeenTaps(g.OutputWidth, g.StrideX, g.PaddingX, g.KernelWidth, g.InputWidth);
        return seen * CostOfRow(images, rows) < all * CostOfRow(g.OutputWidth, rows);
    }

    /// <summary>The cost of a row when this many rows are divided into tiles: in a partly filled tile, two loads of weights serve few products.</summary>
    private static double CostOfRow(int count, int rows)
    {
        int tiles = (count + rows - 1) / rows;
        return 1 + (2.0 * tiles / count);
    }

    /// <summary>Along one side of the image, the number of taps over all outputs that fall inside the image.</summary>
    private static long SeenTaps(int outputs, int stride, int padding, int kernel, int inputs)
    {
        long sum = 0;
        for (int output = 0; output < outputs; output++)
        {
            int start = (output * stride) - padding;
            sum += Math.Max(0, Math.Min(kernel, inputs - start) - Math.Max(0, -start));
        }

        return sum;
    }

    /// <summary>Some images, without padding around them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvolveImages(in ConvolutionGeometry g, int images, float* input, float* packed, float* output)
    {
        float* bias = packed;
        float* panels = packed + RoundUp(g.OutputChannels);
        nint imageRow = g.InputWidth * g.InputChannels;
        for (int filter = 0; filter < g.OutputChannels; filter += PanelColumns)
        {
            int filters = Math.Min(PanelColumns, g.OutputChannels - filter);
            nint width = RoundUp(filters);
            float* panel = panels + ((nint)filter * g.PatchLength);
            for (int row = 0; row < g.OutputHeight; row++)
            {
                int top = (row * g.StrideY) - g.PaddingY;
                int firstRow = Math.Max(0, -top);
                int tapRows = Math.Max(0, Math.Min(g.KernelHeight, g.InputHeight - top) - firstRow);
                for (int column = 0; column < g.OutputWidth; column++)
                {
                    int left = (column * g.StrideX) - g.PaddingX;
                    int firstColumn = Math.Max(0, -left);
                    int tapColumns = Math.Max(0, Math.Min(g.KernelWidth, g.InputWidth - left) - firstColumn);
                    var layout = new TileLayout(
                        tapRows, tapColumns * g.InputChannels, g.InputLength, 1, imageRow, width, 0, g.OutputLength,
                        (g.KernelWidth - tapColumns) * g.InputChannels * width);
                    MultiplyPanel(
                        images,
                        filters,
                        layout,
                        input + ((top + firstRow) * imageRow) + ((nint)(left + firstColumn) * g.InputChannels),
                        panel + ((((nint)firstRow * g.KernelWidth) + firstColumn) * g.InputChannels * width),
                        bias + filter,
                        output + ((((nint)row * g.OutputWidth) + column) * g.OutputChannels) + filter);
                }
            }
        }
    }
}
