using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Convolution with so few filters that they fill at most half of a vector: each lane of a pair takes every other product of its filter.
// 
// lanes of B             w(j, 0)  w(j+1, 0)  w(j, 1)  w(j+1, 1)  …      two neighbouring products of filter 0, of filter 1, …
// lanes of A             a(j)     a(j+1)     a(j)     a(j+1)     …      one broadcast of 64 bits
// 
// So whole vectors are used, and half as many steps are needed; at the end the two lanes of each filter are added. A tile has up to
// 12 pixels: 12 sums, one vector of B and one of A.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>With fewer columns of the output than this, the tiles do not hide the latency of their sums.</summary>
    private const int LeastPairedColumns = 8;

    /// <summary>Whether the forward pass of a convolution uses pairs.</summary>
    private static bool IsPaired(in ConvolutionGeometry g) =>
        g.IsPlain && IsForNarrower(g) && g.KernelWidth * g.InputChannels % 2 == 0 && g.OutputWidth >= LeastPairedColumns;

    /// <summary>Floats of the biases and weights in pairs.</summary>
    private static int PairsLength(in ConvolutionGeometry g) => checked(V.Count * (1 + (g.PatchLength / 2)));

    /// <summary>[filter][channel][ky][kx] to biases, with zeros between them, and weights, [ky][kx · channel / 2][filter][2], padded with zeros.</summary>
    private static void PackPairs(in ConvolutionGeometry g, float* weight, float* bias, float* packed)
    {
        new Span<float>(packed, PairsLength(g)).Clear();
        float* pairs = packed + V.Count;
        for (int filter = 0; filter < g.OutputChannels; filter++)
        {
            packed[2 * filter] = bias == null ? 0 : bias[filter];
            for (int channel = 0; channel < g.InputChannels; channel++)
            {
                for (int tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++, weight++)
                {
                    (int pair, int odd) = Math.DivRem((tap * g.InputChannels) + channel, 2);
                    pairs[((nint)pair * V.Count) + (2 * filter) + odd] = *weight;
                }
            }
        }
    }

    /// <summary>Some images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvolvePairs(in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch)
    {
        ConvolutionGeometry g = Padded(geometry);
        nint imageRow = (nint)g.InputWidth * g.InputChannels;
        V mask = V.Mask(g.OutputChannels);
        var layout = new TileLayout(
            g.KernelHeight, g.KernelWidth * g.InputChannels / 2, g.StrideX * g.InputChannels, 2, imageRow, V.Count, 0, g.OutputChannels);
        int tiles = (g.OutputWidth + NarrowRows - 1) / NarrowRows;
        for (int image = 0; image < images; image++, input += geometry.InputLength)
        {
            float* source = Pad(geometry, input, scratch);
            for (int row = 0; row < g.OutputHeight; row++)
            {
                // The pixels of a row are divided evenly into tiles.
                float* patches = source + (row * g.StrideY * imageRow);
                for (int tile = 0; tile < tiles; tile++)
                {
                    int count = (g.OutputWidth + tiles - 1 - tile) / tiles;
                    Multiply<PairTile, SomeColumns>(count, mask, layout, patches, packed + V.Count, packed, output);
                    patches += count * layout.ARow;
                    output += count * g.OutputChannels;
                }
            }
        }
    }
}
