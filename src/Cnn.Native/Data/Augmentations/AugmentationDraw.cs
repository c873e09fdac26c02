using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Numerics;

namespace Cnn.Data;

/// <summary>The values drawn for one image, except for the elastic distortion and the erasing: its affine map.</summary>
/// <param name="ShiftX">Pixels to the right.</param>
/// <param name="ShiftY">Pixels down.</param>
/// <param name="Rotation">Degrees, clockwise.</param>
/// <param name="ScaleX">The factor of the width, greater than 0.</param>
/// <param name="ScaleY">The factor of the height, greater than 0.</param>
/// <param name="Shear">Degrees by which vertical lines lean to the right.</param>
/// <param name="IsMirrored">Whether left and right are swapped.</param>
internal readonly record struct AugmentationDraw(
    int ShiftX, int ShiftY, double Rotation, double ScaleX, double ScaleY, double Shear, bool IsMirrored)
{
    /// <summary>The identity, which leaves a picture unchanged.</summary>
    public static AugmentationDraw None { get; } = new(0, 0, 0, 1, 1, 0, false);

    /// <summary>Draws for one image.</summary>
    /// <param name="augmentation">The strengths.</param>
    /// <param name="isMirrored">Whether the image is mirrored this time.</param>
    /// <param name="random">The random numbers of the image.</param>
    /// <returns>The drawn values.</returns>
    public static AugmentationDraw Of(Augmentation augmentation, bool isMirrored, ref RandomStream random) => new(
        random.NextInt32((2 * augmentation.Shift) + 1) - augmentation.Shift,
        random.NextInt32((2 * augmentation.Shift) + 1) - augmentation.Shift,
        UpTo(augmentation.Rotation, ref random),
        1 + UpTo(augmentation.Scale, ref random),
        1 + UpTo(augmentation.Scale, ref random),
        UpTo(augmentation.Shear, ref random),
        isMirrored);

    /// <summary>
    /// The source position of each pixel when the picture is mirrored, scaled, sheared and rotated about its middle, in this order, and then shifted.
    /// </summary>
    /// <param name="shape">The shape of an image.</param>
    /// <returns>The map from the pixels of the new picture back to the old one.</returns>
    public AffineMap Map(Shape shape)
    {
        // The forward transform is R·H·S with a rotation, a shear and a scaling; the map is its inverse, S⁻¹·H⁻¹·R⁻¹.
        (double sin, double cos) = Math.SinCos(Rotation * (Math.PI / 180));
        double lean = Math.Tan(Shear * (Math.PI / 180));
        double xx = (IsMirrored ? -1 : 1) * (cos - (lean * sin)) / ScaleX;
        double xy = (IsMirrored ? -1 : 1) * (sin + (lean * cos)) / ScaleX;
        double yx = -sin / ScaleY;
        double yy = cos / ScaleY;
        double middleX = (shape.Width - 1) / 2.0;
        double middleY = (shape.Height - 1) / 2.0;
        double fromX = middleX + ShiftX;
        double fromY = middleY + ShiftY;
        return new AffineMap(
            (float)xx,
            (float)xy,
            (float)(middleX - (xx * fromX) - (xy * fromY)),
            (float)yx,
            (float)yy,
            (float)(middleY - (yx * fromX) - (yy * fromY)));
    }

    /// <summary>A uniform number from −strength to strength.</summary>
    internal static double UpTo(double strength, ref RandomStream random) => strength * ((2 * random.NextDouble()) - 1);
}
