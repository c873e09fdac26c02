using Cnn.Memory;

namespace Cnn.Pictures;

/// <summary>How the pictures of a set are to be converted to images: settings that are left open are derived from the pictures.</summary>
/// <param name="Shape">The shape of the images; by default that of the pictures, with one channel if none has colours.</param>
/// <param name="Inversion">Whether pictures are inverted; Auto is decided once for all of them, by most of them.</param>
/// <param name="Center">Whether the drawing is placed where MNIST has its digits.</param>
/// <param name="Fit">How a picture of other proportions is fitted to the shape of the images; by default <see cref="PictureConversion.UsualFit"/>.</param>
/// <param name="Fill">The filling beside a picture that is padded; by default its edge.</param>
public sealed record PictureRequest(
    Shape? Shape = null, PictureInversion Inversion = PictureInversion.Auto, bool Center = false, PictureFit? Fit = null, PictureFill? Fill = null)
{
    /// <summary>The shape of the images; by default that of the pictures, with one channel if none has colours.</summary>
    public Shape? Shape { get; } = Shape;

    /// <summary>Whether pictures are inverted; Auto is decided once for all of them, by most of them.</summary>
    public PictureInversion Inversion { get; } = Inversion;

    /// <summary>Whether the drawing is placed where MNIST has its digits.</summary>
    public bool Center { get; } = Center;

    /// <summary>How a picture of other proportions is fitted to the shape of the images; by default <see cref="PictureConversion.UsualFit"/>.</summary>
    public PictureFit? Fit { get; } = Fit;

    /// <summary>The filling beside a picture that is padded; by default its edge.</summary>
    public PictureFill? Fill { get; } = Fill;

    /// <summary>The conversion to images of a shape, with the inversion as far as it is known.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="inversion">Whether pictures are inverted.</param>
    /// <returns>The conversion.</returns>
    internal PictureConversion For(Shape shape, PictureInversion inversion) => new(shape, inversion, Center, Fit ?? PictureConversion.UsualFit, Fill);

    /// <summary>Checks that the settings do not contradict each other.</summary>
    /// <exception cref="CnnException"><c>FitCentred</c> or <c>FillNotPadded</c>: see <see cref="CheckFit"/>.</exception>
    internal void Check() => CheckFit(Center, Fit, Fill, Fit ?? PictureConversion.UsualFit);

    /// <summary>Checks that no fit is given if pictures are centred, and no fill if none are padded.</summary>
    /// <param name="center">Whether pictures are centred.</param>
    /// <param name="given">The requested fit.</param>
    /// <param name="fill">The requested fill.</param>
    /// <param name="fit">The resulting fit.</param>
    /// <exception cref="CnnException"><c>FitCentred</c>: a centred drawing keeps its own proportions. <c>FillNotPadded</c>: there is nothing to fill.</exception>
    internal static void CheckFit(bool center, PictureFit? given, PictureFill? fill, PictureFit fit)
    {
        if (center && (given != null || fill != null))
        {
            throw new CnnException(
                "FitCentred",
                CnnErrorKind.InvalidArgument,
                "Pictures that are centred keep their proportions, on a black background: omit -Fit and -Fill, or do not centre (-Center:$false).");
        }

        if (fill != null && fit != PictureFit.Pad)
        {
            throw new CnnException(
                "FillNotPadded", CnnErrorKind.InvalidArgument, $"The fill {fill} is for pictures that are padded, and these are {(fit == PictureFit.Crop ? "cropped" : "stretched")}: add -Fit Pad, or leave -Fill out.");
        }
    }
}
