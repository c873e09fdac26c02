namespace Cnn.Kernels;

/// <summary>
/// The source position of each pixel of a warped image: the pixel at a row and a column shows the content of the position x = XX·column + XY·row + X and y =
/// YX·column + YY·row + Y. Positions are counted like rows and columns: 0 is the middle of the first pixel.
/// </summary>
/// <param name="XX">The change of x from column to column.</param>
/// <param name="XY">The change of x from row to row.</param>
/// <param name="X">x of the first pixel.</param>
/// <param name="YX">The change of y from column to column.</param>
/// <param name="YY">The change of y from row to row.</param>
/// <param name="Y">y of the first pixel.</param>
internal readonly record struct AffineMap(float XX, float XY, float X, float YX, float YY, float Y);
