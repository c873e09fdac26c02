namespace Cnn.Kernels;

/// <summary>
/// How a warp treats positions outside the image: a position is first reflected between the first and the last pixel, if there is a period, and then clamped
/// to two limits. Pixels at −1 and after the last one are black.
/// </summary>
/// <param name="LeastX">The lower limit of x: −1, which is black, or 0, the first column.</param>
/// <param name="MostX">The upper limit of x: the width, which is black, or the last column.</param>
/// <param name="PeriodX">Twice the distance from the first column to the last, after which a reflected image repeats; 0 for no reflection.</param>
/// <param name="LeastY">The lower limit of y: −1 or 0.</param>
/// <param name="MostY">The upper limit of y: the height, or the last row.</param>
/// <param name="PeriodY">Twice the distance from the first row to the last; 0 for no reflection.</param>
internal readonly record struct WarpBounds(float LeastX, float MostX, float PeriodX, float LeastY, float MostY, float PeriodY)
{
    /// <summary>Positions outside are black.</summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>The bounds.</returns>
    public static WarpBounds Black(int height, int width) => new(-1, width, 0, -1, height, 0);

    /// <summary>Positions outside take the nearest pixel of the edge.</summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>The bounds.</returns>
    public static WarpBounds Edge(int height, int width) => new(0, width - 1, 0, 0, height - 1, 0);

    /// <summary>Positions outside are reflected without repeating the edge, as in PyTorch's padding <c>reflect</c>.</summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>The bounds.</returns>
    public static WarpBounds Reflect(int height, int width) => Edge(height, width) with { PeriodX = 2 * (width - 1), PeriodY = 2 * (height - 1) };
}
