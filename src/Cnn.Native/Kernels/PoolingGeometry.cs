using Cnn.Memory;

namespace Cnn.Kernels;

/// <summary>The sizes of a pooling. The output has floor((n − f) / s) + 1 rows and columns; what is left over at the right and below is not looked at.</summary>
/// <param name="Channels">Channels of the input and of the output.</param>
/// <param name="InputHeight">Rows of the input.</param>
/// <param name="InputWidth">Columns of the input.</param>
/// <param name="WindowHeight">Rows of the window.</param>
/// <param name="WindowWidth">Columns of the window.</param>
/// <param name="StrideY">Rows between two neighbouring windows.</param>
/// <param name="StrideX">Columns between two neighbouring windows.</param>
internal readonly record struct PoolingGeometry(
    int Channels,
    int InputHeight,
    int InputWidth,
    int WindowHeight,
    int WindowWidth,
    int StrideY,
    int StrideX)
{
    /// <summary>Rows of the output.</summary>
    public int OutputHeight => checked(((InputHeight - WindowHeight) / StrideY) + 1);

    /// <summary>Columns of the output.</summary>
    public int OutputWidth => checked(((InputWidth - WindowWidth) / StrideX) + 1);

    /// <summary>Number of values in one image of the input.</summary>
    public int InputLength => checked(InputHeight * InputWidth * Channels);

    /// <summary>Number of values in one image of the output.</summary>
    public int OutputLength => checked(OutputHeight * OutputWidth * Channels);

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape => new(Channels, OutputHeight, OutputWidth);
}
