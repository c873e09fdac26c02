using Cnn.Memory;

namespace Cnn.Kernels;

/// <summary>
/// The sizes of a convolution. The output has floor((n + 2p − d(f − 1) − 1) / s) + 1 rows and columns
/// (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, relationship 15).
/// </summary>
/// <param name="InputChannels">Channels of the input.</param>
/// <param name="InputHeight">Rows of the input, without padding.</param>
/// <param name="InputWidth">Columns of the input, without padding.</param>
/// <param name="OutputChannels">Number of filters.</param>
/// <param name="KernelHeight">Rows of a filter.</param>
/// <param name="KernelWidth">Columns of a filter.</param>
/// <param name="StrideY">Rows between two neighbouring outputs.</param>
/// <param name="StrideX">Columns between two neighbouring outputs.</param>
/// <param name="PaddingY">Rows of zeros above the image, and as many below it.</param>
/// <param name="PaddingX">Columns of zeros to the left of the image, and as many to the right.</param>
/// <param name="DilationY">Rows of the input from one row of a filter to the next.</param>
/// <param name="DilationX">Columns of the input from one column of a filter to the next.</param>
/// <param name="Groups">
/// The number of groups into which channels and filters are divided; it divides both. The filters of a group see the channels of the same group.
/// </param>
internal readonly record struct ConvolutionGeometry(
    int InputChannels,
    int InputHeight,
    int InputWidth,
    int OutputChannels,
    int KernelHeight,
    int KernelWidth,
    int StrideY,
    int StrideX,
    int PaddingY,
    int PaddingX,
    int DilationY = 1,
    int DilationX = 1,
    int Groups = 1)
{
    /// <summary>Rows of the output.</summary>
    public int OutputHeight => checked(((InputHeight + (2 * PaddingY) - (DilationY * (KernelHeight - 1)) - 1) / StrideY) + 1);

    /// <summary>Columns of the output.</summary>
    public int OutputWidth => checked(((InputWidth + (2 * PaddingX) - (DilationX * (KernelWidth - 1)) - 1) / StrideX) + 1);

    /// <summary>Number of outputs of one filter on one image.</summary>
    public int OutputPixels => checked(OutputHeight * OutputWidth);

    /// <summary>The number of channels that a filter sees.</summary>
    public int GroupChannels => InputChannels / Groups;

    /// <summary>Filters of a group.</summary>
    public int GroupFilters => OutputChannels / Groups;

    /// <summary>Whether a filter sees neighbouring rows and columns of all channels.</summary>
    public bool IsPlain => DilationY == 1 && DilationX == 1 && Groups == 1;

    /// <summary>Number of inputs that one output sees: a row of the im2col matrix, in the order [ky][kx][channel].</summary>
    public int PatchLength => checked(KernelHeight * KernelWidth * GroupChannels);

    /// <summary>Number of values in one image of the input.</summary>
    public int InputLength => checked(InputHeight * InputWidth * InputChannels);

    /// <summary>Number of values in one image of the output.</summary>
    public int OutputLength => checked(OutputPixels * OutputChannels);

    /// <summary>Number of weights of all filters together.</summary>
    public int WeightLength => checked(PatchLength * OutputChannels);

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape => new(OutputChannels, OutputHeight, OutputWidth);
}
