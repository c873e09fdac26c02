using Cnn.Memory;

namespace Cnn.Pictures;

/// <summary>
/// Converts pictures of any size to images for a model. In training and in prediction, the same settings make the same image from a picture: nothing depends
/// on other pictures. An image set that was read from pictures has these settings, and so has the model that was trained on it.
/// </summary>
/// <param name="Shape">The shape of the images: 1 channel for grey, 3 for red, green and blue.</param>
/// <param name="Inversion">Whether pictures are inverted.</param>
/// <param name="Center">
/// Whether the drawing is placed where MNIST has its digits: see <see cref="DigitCentering"/>. It keeps its own proportions, so there is nothing to fit or to
/// fill.
/// </param>
/// <param name="Fit">How a picture of other proportions is fitted to the shape of the images.</param>
/// <param name="Fill">The filling beside a picture that is padded; by default its edge.</param>
public sealed record PictureConversion(
    Shape Shape, PictureInversion Inversion = PictureInversion.Auto, bool Center = false, PictureFit Fit = PictureConversion.UsualFit, PictureFill? Fill = null)
{
    /// <summary>The shape of the images: 1 channel for grey, 3 for red, green and blue.</summary>
    public Shape Shape { get; } = Shape;

    /// <summary>Whether pictures are inverted.</summary>
    public PictureInversion Inversion { get; } = Inversion;

    /// <summary>Whether the drawing is placed where MNIST has its digits: see <see cref="DigitCentering"/>.</summary>
    public bool Center { get; } = Center;

    /// <summary>How a picture of other proportions is fitted to the shape of the images; <see cref="PictureFit.Stretch"/> if it is centred.</summary>
    public PictureFit Fit { get; } = Center ? PictureFit.Stretch : Fit;

    /// <summary>The filling beside a picture that is padded; null if none is.</summary>
    public PictureFill? Fill { get; } = !Center && Fit == PictureFit.Pad ? Fill ?? PictureFill.Edge : null;

    /// <summary>The default fit for pictures of other proportions.</summary>
    public const PictureFit UsualFit = PictureFit.Pad;

    /// <summary>Above this mean, a border is light.</summary>
    private const double MiddleGrey = 127.5;

    /// <summary>How much the mean of a picture with dark ink is below its median.</summary>
    private const double LeastShift = 2;

    /// <summary>Whether pictures are treated as ink on a background; only grey ones are.</summary>
    internal bool IsInk => Shape.Channels == 1;

    /// <summary>
    /// Whether the ink of a picture is dark: its border, which shows the background, is light, or the drawing is darker than the background, as on a sheet in
    /// bad light. If there is much ink, the mean is on the ink's side of the median, and decides.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <returns>Whether it is.</returns>
    internal static bool HasDarkInk(Picture picture)
    {
        Picture grey = picture.ToGrey();
        if (grey.BorderMean() > MiddleGrey)
        {
            return true;
        }

        int[] counts = new int[256];
        long sum = 0;
        foreach (byte value in grey.Pixels)
        {
            counts[value]++;
            sum += value;
        }

        int median = 0;
        for (long below = counts[0]; below * 2 < grey.Pixels.Length; below += counts[median])
        {
            median++;
        }

        double shift = median - ((double)sum / grey.Pixels.Length);
        return Math.Abs(shift) > LeastShift ? shift > 0 : InkFinder.IsInkDark(grey);
    }

    /// <summary>Whether another conversion is known to make other images from the same pictures.</summary>
    /// <param name="other">The other conversion; null if it is not known.</param>
    /// <returns>Whether it does.</returns>
    public bool DiffersFrom(PictureConversion? other) =>
        other != null && (Inversion, Center, Fit, Fill) != (other.Inversion, other.Center, other.Fit, other.Fill);

    /// <summary>The settings in words: <c>1×28×28, grey, inverted, padded with edge</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Shape}, {(Shape.Channels == 1 ? "grey" : "colours")}, {Settings}";

    /// <summary>Inversion and placement in words: <c>inverted, padded with edge</c>.</summary>
    public string Settings =>
        $"{Inversion switch { PictureInversion.Always => "inverted", PictureInversion.Never => "not inverted", _ => "inverted where the border is light" }}, "
        + (Center ? "centred" : Fit switch { PictureFit.Pad => $"padded with {Fill}", PictureFit.Crop => "cropped", _ => "stretched" });

    /// <summary>Checks that images of this shape are possible.</summary>
    /// <exception cref="CnnException">The number of channels is neither 1 nor 3, or colour images are to be centred.</exception>
    public void Check()
    {
        Picture.CheckChannels(Shape.Channels, this);
        if (Shape.Height < 1 || Shape.Width < 1)
        {
            throw new CnnException(
                "ImageSetShape", CnnErrorKind.InvalidArgument, $"An image cannot have the shape {Shape}: height and width must be at least 1.")
            { Target = this };
        }

        if (Center && Shape.Channels != 1)
        {
            throw new CnnException(
                "CenterColour",
                CnnErrorKind.InvalidArgument,
                $"Images {Shape} have colours, and only grey ones can be centred by their ink: use images of one channel, or do not centre.")
            { Target = this };
        }
    }

    /// <summary>Converts a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <returns>[row][column][channel] of an image of <see cref="Shape"/>.</returns>
    /// <exception cref="CnnException">The number of channels is neither 1 nor 3, or colour images are to be centred.</exception>
    public byte[] Apply(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        Check();
        Picture converted = Shape.Channels == 1 ? picture.ToGrey() : picture.ToColour();
        bool invert = Inversion == PictureInversion.Always || (Inversion == PictureInversion.Auto && IsInk && HasDarkInk(converted));
        if (Center)
        {
            return DigitCentering.Place(invert ? converted.Invert() : converted, Shape.Width, Shape.Height);
        }

        // The inverted small picture equals the small inverted picture, except for rounding halves.
        Picture fitted = Fitted(converted);
        return (invert ? fitted.Invert() : fitted).Pixels;
    }

    private Picture Fitted(Picture picture)
    {
        (int width, int height) = (Shape.Width, Shape.Height);

        // The side that is too long, and its length in the proportions of the other one.
        bool isWider = (long)picture.Width * height > (long)picture.Height * width;
        switch (Fit)
        {
            case PictureFit.Pad:
                (int columns, int rows) = isWider ? (width, Scaled(picture.Height, width, picture.Width)) : (Scaled(picture.Width, height, picture.Height), height);
                return Fill!.Around(picture.Resize(columns, rows), width, height);
            case PictureFit.Crop:
                (columns, rows) = isWider ? (Scaled(picture.Height, width, height), picture.Height) : (picture.Width, Scaled(picture.Width, height, width));
                return picture.Crop((picture.Width - columns) / 2, (picture.Height - rows) / 2, columns, rows).Resize(width, height);
            default:
                return picture.Resize(width, height);
        }
    }

    /// <summary>A length times a ratio, at least 1.</summary>
    private static int Scaled(int length, int numerator, int denominator) => Math.Max(1, (int)Math.Round((double)length * numerator / denominator));
}
