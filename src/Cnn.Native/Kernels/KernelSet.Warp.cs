namespace Cnn.Kernels;

// Distorted images.
public abstract unsafe partial class KernelSet
{
    /// <summary>The number of floats of scratch that <see cref="Warp"/> needs.</summary>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int WarpScratch(int channels, int height, int width);

    /// <summary>
    /// A distorted image, from bytes to normalised floats: each pixel is looked up at the position given by the map and its displacement, between the four
    /// pixels around that position (bilinear), and normalised as by <see cref="Normalize"/>. The bounds say what is outside the image.
    /// </summary>
    /// <remarks>
    /// Each step is rounded once, in a fixed order, so all kernels give the same bits, and at a whole position the bits of <see cref="Normalize"/>. The steps
    /// are: for a position, two fused multiply-adds and the displacement; for a reflection, p − ⌊p · (1 / period)⌋ · period, fused, and the smaller of that
    /// and its distance to the period; for a mean of two, share·(b − a) + a, fused. A position that is NaN counts as the lowest one.
    /// </remarks>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="image">[row][column][channel].</param>
    /// <param name="map">The source position of each pixel.</param>
    /// <param name="bounds">The bounds of the image, for its height and width.</param>
    /// <param name="displacement">[2][row][column]: the displacement of x and of y of each position; null for none.</param>
    /// <param name="scale">[channel].</param>
    /// <param name="offset">[channel].</param>
    /// <param name="output">[row][column][channel].</param>
    /// <param name="scratch"><see cref="WarpScratch"/> floats.</param>
    internal abstract void Warp(
        int channels, int height, int width, byte* image, in AffineMap map, in WarpBounds bounds, float* displacement, float* scale, float* offset, float* output, float* scratch);

    /// <summary>The number of floats of scratch that <see cref="SplineSurfaces"/> needs.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats, whatever the start.</returns>
    internal abstract int SplineScratch(in SplineGeometry geometry);

    /// <summary>Smooth surfaces from control points: uniform cubic B-splines, one value for each pixel.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="controls">[surface][Rows][Columns].</param>
    /// <param name="values">[surface][Height][Width].</param>
    /// <param name="scratch"><see cref="SplineScratch"/> floats.</param>
    internal abstract void SplineSurfaces(in SplineGeometry geometry, float* controls, float* values, float* scratch);
}
