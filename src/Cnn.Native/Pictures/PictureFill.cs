using System.Globalization;

namespace Cnn.Pictures;

/// <summary>
/// The filling beside a picture that is padded (<see cref="PictureFit.Pad"/>): its repeated edge, its mean colour, or one colour for all pictures. As text it
/// is <c>edge</c>, <c>mean</c>, or a colour as six hexadecimal digits, <c>#ffffff</c>. A picture is filled before it is inverted, so white paper is filled
/// with white.
/// </summary>
public sealed record PictureFill
{
    private const string EdgeText = "edge";
    private const string MeanText = "mean";

    /// <summary>Red, green and blue of a colour in 24 bits.</summary>
    private readonly int? _colour;

    private PictureFill(string text, int? colour = null) => (Text, _colour) = (text, colour);

    /// <summary>The pixels at the edge of the picture, repeated.</summary>
    public static PictureFill Edge { get; } = new(EdgeText);

    /// <summary>The mean of each channel of the picture.</summary>
    public static PictureFill Mean { get; } = new(MeanText);

    /// <summary>In the form <c>edge</c>, <c>mean</c> or <c>#ff8000</c>.</summary>
    public string Text { get; }

    /// <summary>Reads a fill.</summary>
    /// <param name="text"><c>edge</c>, <c>mean</c>, <c>black</c>, <c>white</c>, or <c>#</c> and six hexadecimal digits: two each of red, green and blue.</param>
    /// <returns>The fill.</returns>
    /// <exception cref="CnnException"><c>PictureFill</c>: the text is invalid.</exception>
    public static PictureFill Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.ToLowerInvariant() switch
        {
            EdgeText => Edge,
            MeanText => Mean,
            "black" => Colour(0),
            "white" => Colour(0xFFFFFF),
            ['#', .. string { Length: 6 } digits] when int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int colour) => Colour(colour),
            _ => throw new CnnException(
                "PictureFill",
                CnnErrorKind.InvalidArgument,
                $"'{text}' is no fill: write Edge, Mean, Black, White, or a colour as # and six hexadecimal digits, '#ff8000' for instance.")
            { Target = text },
        };
    }

    /// <summary>In the form <c>edge</c>, <c>mean</c> or <c>#ff8000</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Text;

    /// <summary>Places a picture in the middle of a larger one, as nearly as whole pixels allow.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="width">Columns of the new one, at least as many.</param>
    /// <param name="height">Rows of the new one, at least as many.</param>
    /// <returns>The new picture.</returns>
    internal Picture Around(Picture picture, int width, int height)
    {
        int channels = picture.Channels;
        int left = Beginning(width - picture.Width);
        int top = Beginning(height - picture.Height);
        ReadOnlySpan<byte> fill = this == Edge ? [] : FillOf(picture);
        byte[] pixels = new byte[checked(width * height * channels)];
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                int x = Math.Clamp(column - left, 0, picture.Width - 1);
                int y = Math.Clamp(row - top, 0, picture.Height - 1);
                bool isInside = x == column - left && y == row - top;
                ReadOnlySpan<byte> pixel = isInside || this == Edge ? picture.Pixels.AsSpan(((y * picture.Width) + x) * channels, channels) : fill;
                pixel.CopyTo(pixels.AsSpan(((row * width) + column) * channels));
            }
        }

        return new Picture(width, height, channels, pixels);
    }

    /// <summary>Half of the remaining space, rounded to the nearest even number, as in Pillow's <c>ImageOps.pad</c>.</summary>
    private static int Beginning(int left) => (int)Math.Round(left / 2.0);

    private static PictureFill Colour(int colour) => new(FormattableString.Invariant($"#{colour:x6}"), colour);

    private byte[] FillOf(Picture picture)
    {
        if (_colour is { } colour)
        {
            byte[] values = [(byte)(colour >> 16), (byte)(colour >> 8), (byte)colour];
            return picture.Channels == 1 ? [Picture.Luma(values[0], values[1], values[2])] : values;
        }

        // The mean of the whole picture, computed by area resampling.
        return picture.Resize(1, 1).Pixels;
    }
}
