using Cnn.Memory;

namespace Cnn.Kernels;

/// <summary>
/// The sizes of a convolution. The output has floor((n + 2p − f) / s) + 1 rows and columns
/// (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, relationship 6).
/// </summary>
/// <param name="InputChannels">Channels of the input.</param>
/// <param name="InputHeight">Rows of the input, without padding.</param>
/// <param name="InputWidth">Columns of the input, without padding.</param>
/// <param name="OutputChannels">Number of filters.</param>
/// <param name="KernelHeight">Rows of a filter.</param>
/// <param name="KernelWidth">Columns of a filter.</param>
/// <param name="StrideY">Rows between two neighbouring outputs.</param>
/// <param name="StrideX">Columns between two neighbouring outputs.</param>
/// <param name="PaddingY">Rows of zeros above, and as many below.</param>
/// <param name="PaddingX">Columns of zeros at the left, and as many at the right.</param>
public readonly record struct ConvolutionGeometry(
    int InputChannels,
    int InputHeight,
    int InputWidth,
    int OutputChannels,
    int KernelHeight,
    int KernelWidth,
    int StrideY,
    int StrideX,
    int PaddingY,
    int PaddingX)
{
    /// <summary>Rows of the output.</summary>
    public int OutputHeight => ((InputHeight + (2 * PaddingY) - KernelHeight) / StrideY) + 1;

    /// <summary>Columns of the output.</summary>
    public int OutputWidth => ((InputWidth + (2 * PaddingX) - KernelWidth) / StrideX) + 1;

    /// <summary>Number of outputs of one filter on one image.</summary>
    public int OutputPixels => OutputHeight * OutputWidth;

    /// <summary>Number of inputs that one output sees: a row of the im2col matrix, in the order [ky][kx][channel].</summary>
    public int PatchLength => KernelHeight * KernelWidth * InputChannels;

    /// <summary>Number of values in one image of the input.</summary>
    public int InputLength => InputHeight * InputWidth * InputChannels;

    /// <summary>Number of values in one image of the output.</summary>
    public int OutputLength => OutputPixels * OutputChannels;

    /// <summary>Number of weights of all filters together.</summary>
    public int WeightLength => PatchLength * OutputChannels;

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape => new(OutputChannels, OutputHeight, OutputWidth);
}
