namespace Cnn.Kernels;

// Distorted images.
public abstract unsafe partial class KernelSet
{
    /// <summary>How many floats of scratch <see cref="Warp"/> needs.</summary>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int WarpScratch(int channels, int height, int width);

    /// <summary>
    /// A distorted image, from bytes to normalised floats: each pixel is looked up where the map and its displacement send it,
    /// between the four pixels around that position (bilinear), and normalised as by <see cref="Normalize"/>. The bounds say what is outside the image.
    /// </summary>
    /// <remarks>
    /// Each step is rounded once and in one order (position: two fused multiply-adds and the displacement; reflection: p − ⌊p · (1 / period)⌋ · period,
    /// fused, and the lesser of that and its distance to the period; a mean of two: share·(b − a) + a, fused), so all kernels give the same bits, and at
    /// a whole position the bits of <see cref="Normalize"/>. A position that is NaN is at the least.
    /// </remarks>
    /// <param name="channels">Channels.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="image">[row][column][channel].</param>
    /// <param name="map">Where each pixel comes from.</param>
    /// <param name="bounds">What is outside the image; those of its height and width.</param>
    /// <param name="displacement">[2][row][column]: what is added to x and to y of each position; null for nothing.</param>
    /// <param name="scale">[channel].</param>
    /// <param name="offset">[channel].</param>
    /// <param name="output">[row][column][channel].</param>
    /// <param name="scratch"><see cref="WarpScratch"/> floats.</param>
    internal abstract void Warp(
        int channels, int height, int width, byte* image, in AffineMap map, in WarpBounds bounds, float* displacement, float* scale, float* offset, float* output, float* scratch);

    /// <summary>How many floats of scratch <see cref="SplineSurfaces"/> needs.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats, whatever the start.</returns>
    internal abstract int SplineScratch(in SplineGeometry geometry);

    /// <summary>Smooth surfaces through a cloud of control points: uniform cubic B-splines, a value for each pixel.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="controls">[surface][Rows][Columns].</param>
    /// <param name="values">[surface][Height][Width].</param>
    /// <param name="scratch"><see cref="SplineScratch"/> floats.</param>
    internal abstract void SplineSurfaces(in SplineGeometry geometry, float* controls, float* values, float* scratch);
}
