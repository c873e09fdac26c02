using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Convolution as a product of matrices (im2col: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
// Document Processing", 2006): output [pixels][filters] = patches [pixels][ky, kx, channel] · weights [ky, kx, channel][filters].
//
// The matrix of patches is never written. With channels last, one row of a patch is a run of kernelWidth · channels neighbours in
// the image, and the tiles read the patches where they lie: a segment for each row. Padding is put around a copy of the image first,
// which costs a hundredth of what it would cost to look for the border in the innermost loop.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    internal override int ConvolutionScratch(in ConvolutionGeometry geometry) =>
        IsForNarrower(geometry) ? V.Narrower!.ConvolutionScratch(geometry)
        : !geometry.IsPlain
            ? IsDepthwise(geometry) ? new DepthwiseScratch(geometry).Length : new GroupedScratch(geometry).Length
            : Math.Max(new ForwardScratch(geometry).Length, Math.Max(new WeightGradientScratch(geometry).Length, new InputGradientScratch(geometry).Length));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ConvolutionForward(
        in ConvolutionGeometry geometry, int images, float* input, float* weight, float* bias, float* output, float* scratch)
    {
        if (IsForNarrower(geometry))
        {
            V.Narrower!.ConvolutionForward(geometry, images, input, weight, bias, output, scratch);
            return;
        }

        if (!geometry.IsPlain)
        {
            if (IsDepthwise(geometry))
            {
                DepthwiseForward(geometry, images, input, weight, bias, output, scratch);
            }
            else
            {
                GroupedForward(geometry, images, input, weight, bias, output, scratch);
            }

            return;
        }

        var parts = new ForwardScratch(geometry);
        float* packedBias = scratch + parts.Bias;
        float* panels = scratch + parts.Panels;
        ConvolutionGeometry g = Padded(geometry);
        PackPanels(g, weight, panels);
        for (int filter = 0; filter < RoundUp(g.OutputChannels); filter++)
        {
            packedBias[filter] = filter < g.OutputChannels ? bias[filter] : 0;
        }

        for (int image = 0; image < images; image++, input += geometry.InputLength, output += g.OutputLength)
        {
            ConvolveImage(g, Pad(geometry, input, scratch + parts.Image), panels, packedBias, output);
        }
    }

    /// <summary>Whether a group's filters would leave half of every vector empty, so that narrower vectors do the same in as many instructions.</summary>
    private static bool IsForNarrower(in ConvolutionGeometry g) =>
        V.Narrower != null && (IsDepthwise(g) ? g.InputChannels : g.GroupFilters) <= V.Count / 2;

    /// <summary>One image, padded already, with the weights in panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvolveImage(in ConvolutionGeometry g, float* source, float* panels, float* bias, float* output)
    {
        nint imageRow = g.InputWidth * g.InputChannels;
        bool isSliding = IsSliding(g);

        // A panel of weights stays in the cache while all rows of the image go by.
        for (int filter = 0; filter < g.OutputChannels; filter += PanelColumns)
        {
            int filters = Math.Min(PanelColumns, g.OutputChannels - filter);
            var layout = new TileLayout(
                g.KernelHeight, g.KernelWidth * g.InputChannels, g.StrideX * g.InputChannels, 1, imageRow, RoundUp(filters), 0, g.OutputChannels);
            for (int row = 0; row < g.OutputHeight; row++)
            {
                float* patches = source + (row * g.StrideY * imageRow);
                float* target = output + (row * g.OutputWidth * g.OutputChannels) + filter;
                if (isSliding)
                {
                    SlideRow(g, patches, panels, bias, target);
                }
                else
                {
                    MultiplyPanel(g.OutputWidth, filters, layout, patches, panels + (filter * g.PatchLength), bias + filter, target);
                }
            }
        }
    }

    /// <summary>The geometry behind <see cref="Pad"/>: the same convolution of a larger image without padding.</summary>
    private static ConvolutionGeometry Padded(in ConvolutionGeometry g) => g with
    {
        InputHeight = checked(g.InputHeight + (2 * g.PaddingY)),
        InputWidth = checked(g.InputWidth + (2 * g.PaddingX)),
        PaddingY = 0,
        PaddingX = 0,
    };

    /// <summary>Floats of an image with its padding; 0 where there is none and the image serves as it is.</summary>
    private static int PaddedLength(in ConvolutionGeometry g) =>
        g.PaddingY == 0 && g.PaddingX == 0 ? 0 : Padded(g).InputLength;

    /// <summary>The image with zeros around it, in <paramref name="target"/>; the image itself where there is no padding.</summary>
    private static float* Pad(in ConvolutionGeometry g, float* image, float* target)
    {
        int length = PaddedLength(g);
        if (length == 0)
        {
            return image;
        }

        new Span<float>(target, length).Clear();
        CopyInside(g, image, target, fromPadded: false);
        return target;
    }

    /// <summary>Copies the rows of an image into an image with padding, or back out of it.</summary>
    private static void CopyInside(in ConvolutionGeometry g, float* source, float* target, bool fromPadded)
    {
        int row = g.InputWidth * g.InputChannels;
        int paddedRow = row + (2 * g.PaddingX * g.InputChannels);
        int corner = (g.PaddingY * paddedRow) + (g.PaddingX * g.InputChannels);
        for (int y = 0; y < g.InputHeight; y++)
        {
            float* from = fromPadded ? source + corner + (y * paddedRow) : source + (y * row);
            float* to = fromPadded ? target + (y * row) : target + corner + (y * paddedRow);
            new ReadOnlySpan<float>(from, row).CopyTo(new Span<float>(to, row));
        }
    }

    /// <summary>[filter][channel][ky][kx] to panels of two vectors of filters (the last one of one where that is enough), each [ky, kx, channel][filter], padded with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanels(in ConvolutionGeometry g, float* weight, float* panels)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        for (int first = 0; first < g.OutputChannels; first += PanelColumns)
        {
            int width = RoundUp(Math.Min(PanelColumns, g.OutputChannels - first));
            for (int filter = first; filter < first + width; filter++)
            {
                float* target = panels + (first * g.PatchLength) + filter - first;
                for (int channel = 0; channel < g.InputChannels; channel++)
                {
                    for (int tap = 0; tap < taps; tap++)
                    {
                        target[((tap * g.InputChannels) + channel) * width] = filter < g.OutputChannels ? *weight++ : 0;
                    }
                }
            }
        }
    }

    /// <summary>Where the forward pass keeps what in its scratch; in floats.</summary>
    private readonly struct ForwardScratch
    {
        public ForwardScratch(in ConvolutionGeometry g)
        {
            Bias = 0;
            Panels = RoundUp(g.OutputChannels);
            Image = checked(Panels + (RoundUp(g.OutputChannels) * g.PatchLength));
            Length = checked(Image + PaddedLength(g));
        }

        /// <summary>[filter], padded to whole vectors.</summary>
        public int Bias { get; }

        /// <summary>The weights as <see cref="PackPanels"/> lays them.</summary>
        public int Panels { get; }

        /// <summary>The image with its padding.</summary>
        public int Image { get; }

        public int Length { get; }
    }
}
