using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Convolution as a matrix product (im2col: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
// Document Processing", 2006): output [pixels][filters] = patches [pixels][ky, kx, channel] · weights [ky, kx, channel][filters].
// 
// The matrix of patches is never written. With channels last, one row of a patch is a run of kernelWidth · channels neighbours in
// the image, and the tiles read the patches in place: one segment for each row. A copy of the image is padded first,
// which costs a hundredth of what testing for the border in the innermost loop would cost.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    internal override int ConvolutionScratch(in ConvolutionGeometry geometry) =>
        IsForNarrower(geometry) ? Math.Max(V.Narrower!.ConvolutionScratch(geometry), WholeVectorsScratch(geometry))
        : !geometry.IsPlain ? IsDepthwise(geometry) ? PaddedLength(geometry) : new GroupedScratch(geometry).Length
        : Math.Max(ForwardScratch(geometry), Math.Max(new WeightGradientScratch(geometry).Length, new InputGradientScratch(geometry).Length));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ConvolutionForward(
        in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch)
    {
        if (IsPaired(geometry))
        {
            ConvolvePairs(geometry, images, input, packed, output, scratch);
            return;
        }

        if (IsForNarrower(geometry))
        {
            V.Narrower!.ConvolutionForward(geometry, images, input, packed, output, scratch);
            return;
        }

        if (!geometry.IsPlain)
        {
            if (IsDepthwise(geometry))
            {
                DepthwiseForward(geometry, images, input, packed, output, scratch);
            }
            else
            {
                GroupedForward(geometry, images, input, packed, output, scratch);
            }

            return;
        }

        if (IsWinograd(geometry))
        {
            WinogradConvolve(geometry, images, input, packed, output, scratch);
        }
        else
        {
            ConvolveDirectly(geometry, images, input, packed, output, scratch);
        }
    }

    /// <summary>Any number of images by plain products.</summary>
    private static void ConvolveDirectly(in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch)
    {
        if (IsForImages(geometry, images))
        {
            ConvolveImages(geometry, images, input, packed, output);
            return;
        }

        ConvolutionGeometry g = Padded(geometry);
        for (int image = 0; image < images; image++, input += geometry.InputLength, output += g.OutputLength)
        {
            ConvolveImage(g, Pad(geometry, input, scratch), packed, output);
        }
    }

    /// <summary>Floats of scratch for the forward pass.</summary>
    private static int ForwardScratch(in ConvolutionGeometry g) => IsWinograd(g) ? new WinogradScratch(g, WinogradBlockFloats).Length : PaddedLength(g);

    /// <summary>Whether a group's filters leave half of every vector empty, so that narrower vectors need no more instructions.</summary>
    private static bool IsForNarrower(in ConvolutionGeometry g) =>
        V.Narrower != null && (IsDepthwise(g) ? g.InputChannels : g.GroupFilters) <= V.Count / 2;

    /// <summary>
    /// Whether the input gradient of such a convolution runs on narrower vectors too: its vectors contain neighbouring channels of neighbouring columns, and
    /// with two or more of them the full width pays off.
    /// </summary>
    private static bool IsBackwardForNarrower(in ConvolutionGeometry g) =>
        IsForNarrower(g) && (!g.IsPlain || g.KernelWidth * g.InputChannels < 2 * V.Count);

    /// <summary>Floats of scratch for the passes of a convolution with few filters that do not run on narrower vectors.</summary>
    private static int WholeVectorsScratch(in ConvolutionGeometry g) =>
        Math.Max(IsPaired(g) ? PaddedLength(g) : 0, IsBackwardForNarrower(g) ? 0 : new InputGradientScratch(g).Length);

    /// <summary>One image, padded already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvolveImage(in ConvolutionGeometry g, float* source, float* packed, float* output)
    {
        float* bias = packed;
        float* panels = packed + RoundUp(g.OutputChannels);
        nint imageRow = g.InputWidth * g.InputChannels;
        bool isSliding = IsSliding(g);

        // A panel of weights stays in the cache while all rows of the image are processed.
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

    /// <summary>Floats of an image with its padding; 0 if there is none and the image is used unchanged.</summary>
    private static int PaddedLength(in ConvolutionGeometry g) =>
        g.PaddingY == 0 && g.PaddingX == 0 ? 0 : Padded(g).InputLength;

    /// <summary>The image with zeros around it, in <paramref name="target"/>; the image itself if there is no padding.</summary>
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
}
