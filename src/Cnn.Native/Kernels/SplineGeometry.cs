namespace Cnn.Kernels;

/// <summary>
/// The sizes of uniform cubic B-spline surfaces that are drawn on the pixels of an image. Pixel (row, column) is at u = column·Step + StartX and v = row·Step
/// + StartY in units of the grid of control points, and is computed from the 4×4 of them that start at ⌊v⌋, ⌊u⌋.
/// </summary>
/// <param name="Surfaces">Number of surfaces.</param>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Columns of pixels.</param>
/// <param name="Rows">Rows of control points; at least <see cref="ControlsFor"/> the height.</param>
/// <param name="Columns">Columns of control points; at least <see cref="ControlsFor"/> the width.</param>
/// <param name="Step">Control points for each pixel, greater than 0: the reciprocal of their distance.</param>
/// <param name="StartX">u of the first column, 0 ≤ u &lt; 1.</param>
/// <param name="StartY">v of the first row, 0 ≤ v &lt; 1.</param>
internal readonly record struct SplineGeometry(
    int Surfaces, int Height, int Width, int Rows, int Columns, float Step, float StartX, float StartY)
{
    /// <summary>The number of control points that a side of an image needs, whatever the start.</summary>
    /// <param name="pixels">Pixels of the side.</param>
    /// <param name="step">Control points for each pixel.</param>
    /// <returns>The number of control points.</returns>
    public static int ControlsFor(int pixels, float step) => (int)MathF.FusedMultiplyAdd(pixels - 1, step, 1) + 4;
}
