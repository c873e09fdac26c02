namespace Cnn.Pictures;

/// <summary>A decoded picture: one byte a value, as the images of an image set are.</summary>
public sealed class Picture
{
    /// <summary>Makes a picture of its values, which are not copied.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <param name="pixels">The values in the order [row][column][channel].</param>
    /// <exception cref="CnnException"><c>PictureShape</c>: there is no such picture, or the number of values is not its.</exception>
    public Picture(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        CheckChannels(channels);
        if (width < 1 || height < 1 || (Int128)width * height * channels != pixels.Length)
        {
            throw new CnnException(
                "PictureShape",
                CnnErrorKind.InvalidArgument,
                $"{pixels.Length} values are not a picture of {width}×{height} pixels with {channels} value{(channels == 1 ? "" : "s")} each: "
                + "width and height must be at least 1, and the values as many as their product.");
        }

        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 for grey, 3 for red, green and blue.</summary>
    public int Channels { get; }

    /// <summary>The values, [row][column][channel].</summary>
    public byte[] Pixels { get; }

    /// <summary>Checks that pictures can have this many channels.</summary>
    /// <param name="channels">How many.</param>
    /// <exception cref="CnnException"><c>PictureShape</c>: neither 1 nor 3.</exception>
    internal static void CheckChannels(int channels)
    {
        if (channels is not (1 or 3))
        {
            throw new CnnException(
                "PictureShape", CnnErrorKind.InvalidArgument, $"A picture has 1 channel (grey) or 3 (red, green, blue), and not {channels}.");
        }
    }
}
