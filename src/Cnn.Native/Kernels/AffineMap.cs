namespace Cnn.Kernels;

/// <summary>
/// Where each pixel of a warped image comes from: the pixel at a row and a column shows what stands at the position
/// x = XX·column + XY·row + X and y = YX·column + YY·row + Y. Positions are counted like rows and columns: 0 is the middle of the first pixel.
/// </summary>
/// <param name="XX">How far x moves from column to column.</param>
/// <param name="XY">How far x moves from row to row.</param>
/// <param name="X">x of the first pixel.</param>
/// <param name="YX">How far y moves from column to column.</param>
/// <param name="YY">How far y moves from row to row.</param>
/// <param name="Y">y of the first pixel.</param>
internal readonly record struct AffineMap(float XX, float XY, float X, float YX, float YY, float Y);
