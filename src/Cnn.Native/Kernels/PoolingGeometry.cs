using Cnn.Memory;

namespace Cnn.Kernels;

/// <summary>
/// The sizes of a pooling. The output has floor((n + 2·p − f) / s) + 1 rows and columns; what is left over at the right and below is not looked at.
/// The padding is less than the window, so each window has at least one pixel of the image.
/// </summary>
/// <param name="Channels">Channels of the input and of the output.</param>
/// <param name="InputHeight">Rows of the input.</param>
/// <param name="InputWidth">Columns of the input.</param>
/// <param name="WindowHeight">Rows of the window.</param>
/// <param name="WindowWidth">Columns of the window.</param>
/// <param name="StrideY">Rows between two neighbouring windows.</param>
/// <param name="StrideX">Columns between two neighbouring windows.</param>
/// <param name="PaddingY">Rows around the image above and below.</param>
/// <param name="PaddingX">Columns around the image at the left and at the right.</param>
/// <param name="ExcludesPadding">Whether a mean is taken over the pixels of the image alone; else the padding counts as zeros.</param>
internal readonly record struct PoolingGeometry(
    int Channels,
    int InputHeight,
    int InputWidth,
    int WindowHeight,
    int WindowWidth,
    int StrideY,
    int StrideX,
    int PaddingY,
    int PaddingX,
    bool ExcludesPadding)
{
    /// <summary>Rows of the output.</summary>
    public int OutputHeight => checked(((InputHeight + (2 * PaddingY) - WindowHeight) / StrideY) + 1);

    /// <summary>Columns of the output.</summary>
    public int OutputWidth => checked(((InputWidth + (2 * PaddingX) - WindowWidth) / StrideX) + 1);

    /// <summary>Number of values in one image of the input.</summary>
    public int InputLength => checked(InputHeight * InputWidth * Channels);

    /// <summary>Number of values in one image of the output.</summary>
    public int OutputLength => checked(OutputHeight * OutputWidth * Channels);

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape => new(Channels, OutputHeight, OutputWidth);

    /// <summary>The rows of the image that the windows of a row of the output see.</summary>
    /// <param name="row">The row of the output.</param>
    /// <returns>The first, and the one after the last.</returns>
    public (int First, int End) Rows(int row)
    {
        int top = (row * StrideY) - PaddingY;
        return (Math.Max(top, 0), Math.Min(top + WindowHeight, InputHeight));
    }

    /// <summary>The columns of the image that the windows of a column of the output see.</summary>
    /// <param name="column">The column of the output.</param>
    /// <returns>The first, and the one after the last.</returns>
    public (int First, int End) Columns(int column)
    {
        int left = (column * StrideX) - PaddingX;
        return (Math.Max(left, 0), Math.Min(left + WindowWidth, InputWidth));
    }

    /// <summary>What a mean divides a sum by.</summary>
    /// <param name="rows">Rows of the image that the window sees.</param>
    /// <param name="columns">Columns of the image that the window sees.</param>
    /// <returns>The number of pixels.</returns>
    public int Pixels(int rows, int columns) => ExcludesPadding ? rows * columns : WindowHeight * WindowWidth;
}
