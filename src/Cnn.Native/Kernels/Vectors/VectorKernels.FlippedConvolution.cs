namespace Cnn.Kernels;

// With stride 1 the gradient of a convolution's input is itself a convolution (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
// 2016, relationship 9): of the output's gradient, padded by the reach of the filters, with channels and filters swapped and each filter flipped in both
// directions. Where the channels fill whole panels, it is one and a half times as fast as products that are added to the image patch by patch.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>Whether the dense gradient of the input is computed in this way.</summary>
    private static bool IsFlipped(in ConvolutionGeometry g) =>
        g.StrideY == 1 && g.StrideX == 1 && g.PaddingY < g.KernelHeight && g.PaddingX < g.KernelWidth && g.InputChannels >= PanelColumns;

    /// <summary>The convolution that computes the input's gradient from the output's.</summary>
    private static ConvolutionGeometry Flipped(in ConvolutionGeometry g) => new(
        g.OutputChannels,
        g.OutputHeight,
        g.OutputWidth,
        g.InputChannels,
        g.KernelHeight,
        g.KernelWidth,
        1,
        1,
        g.KernelHeight - 1 - g.PaddingY,
        g.KernelWidth - 1 - g.PaddingX);

    /// <summary>Some images by the convolution with flipped filters.</summary>
    private static void FlippedInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* packed, float* inputGradient, float* scratch) =>
        ConvolveDirectly(Flipped(geometry), images, outputGradient, packed, inputGradient, scratch + new InputGradientScratch(geometry).Dense);
}
