using Cnn.Memory;

namespace Cnn.Pictures;

/// <summary>How the pictures of a set are to become images: what is left open here is found from the pictures.</summary>
/// <param name="Shape">The shape of the images; that of the pictures where nothing is given, of one channel if none has colours.</param>
/// <param name="Inversion">Whether pictures are turned into their negatives; Auto is decided once for all of them, by most of them.</param>
/// <param name="Center">Whether what is drawn is put where MNIST has it.</param>
/// <param name="Fit">How a picture of other proportions gets the shape of the images; <see cref="PictureConversion.UsualFit"/> where nothing is given.</param>
/// <param name="Fill">What stands beside a picture that is padded; its edge where nothing is given.</param>
public sealed record PictureRequest(
    Shape? Shape = null, PictureInversion Inversion = PictureInversion.Auto, bool Center = false, PictureFit? Fit = null, PictureFill? Fill = null)
{
    /// <summary>The shape of the images; that of the pictures where nothing is given, of one channel if none has colours.</summary>
    public Shape? Shape { get; } = Shape;

    /// <summary>Whether pictures are turned into their negatives; Auto is decided once for all of them, by most of them.</summary>
    public PictureInversion Inversion { get; } = Inversion;

    /// <summary>Whether what is drawn is put where MNIST has it.</summary>
    public bool Center { get; } = Center;

    /// <summary>How a picture of other proportions gets the shape of the images; <see cref="PictureConversion.UsualFit"/> where nothing is given.</summary>
    public PictureFit? Fit { get; } = Fit;

    /// <summary>What stands beside a picture that is padded; its edge where nothing is given.</summary>
    public PictureFill? Fill { get; } = Fill;

    /// <summary>The conversion into images of a shape, with what is known of the inversion.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="inversion">Whether pictures are turned into their negatives.</param>
    /// <returns>The conversion.</returns>
    internal PictureConversion For(Shape shape, PictureInversion inversion) => new(shape, inversion, Center, Fit ?? PictureConversion.UsualFit, Fill);

    /// <summary>Checks that what was asked for goes together.</summary>
    /// <exception cref="CnnException"><c>FitCentred</c> or <c>FillNotPadded</c>: see <see cref="CheckFit"/>.</exception>
    internal void Check() => CheckFit(Center, Fit, Fill, Fit ?? PictureConversion.UsualFit);

    /// <summary>Checks that a fit is not asked for where pictures are centred, nor a fill where none are padded.</summary>
    /// <param name="center">Whether pictures are centred.</param>
    /// <param name="given">The fit that was asked for.</param>
    /// <param name="fill">The fill that was asked for.</param>
    /// <param name="fit">The fit that there is.</param>
    /// <exception cref="CnnException"><c>FitCentred</c>: what is centred keeps its own proportions. <c>FillNotPadded</c>: there is nothing to fill.</exception>
    internal static void CheckFit(bool center, PictureFit? given, PictureFill? fill, PictureFit fit)
    {
        if (center && (given != null || fill != null))
        {
            throw new CnnException(
                "FitCentred",
                CnnErrorKind.InvalidArgument,
                "Pictures that are centred keep their proportions, on a black ground: leave -Fit and -Fill out, or do not centre (-Center:$false).");
        }

        if (fill != null && fit != PictureFit.Pad)
        {
            throw new CnnException(
                "FillNotPadded", CnnErrorKind.InvalidArgument, $"The fill {fill} is for pictures that are padded, and these are {(fit == PictureFit.Crop ? "cropped" : "stretched")}: add -Fit Pad, or leave -Fill out.");
        }
    }
}
