namespace Cnn.Pictures;

/// <summary>A picture of any size, one byte for each value: grey, or red, green and blue.</summary>
public sealed class Picture
{
    /// <summary>Makes a picture from its values, which are not copied.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <param name="pixels">The values in the order [row][column][channel].</param>
    /// <exception cref="CnnException"><c>PictureShape</c>: the sizes are invalid, or the number of values does not match them.</exception>
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

    /// <summary>Whether red, green and blue are the same everywhere.</summary>
    public bool IsGrey
    {
        get
        {
            for (int i = 0; Channels == 3 && i < Pixels.Length; i += 3)
            {
                if (Pixels[i] != Pixels[i + 1] || Pixels[i] != Pixels[i + 2])
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>The picture in one channel: Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded; where the colours are equal, their value.</summary>
    /// <returns>The grey picture; this one if it is already grey.</returns>
    public Picture ToGrey()
    {
        if (Channels == 1)
        {
            return this;
        }

        byte[] grey = new byte[Width * Height];
        for (int i = 0; i < grey.Length; i++)
        {
            int at = 3 * i;
            grey[i] = Luma(Pixels[at], Pixels[at + 1], Pixels[at + 2]);
        }

        return new Picture(Width, Height, 1, grey);
    }

    /// <summary>The picture in red, green and blue.</summary>
    /// <returns>The picture; this one if it already has colours.</returns>
    public Picture ToColour()
    {
        if (Channels == 3)
        {
            return this;
        }

        byte[] colour = new byte[checked(3 * Pixels.Length)];
        for (int i = 0; i < colour.Length; i++)
        {
            colour[i] = Pixels[i / 3];
        }

        return new Picture(Width, Height, 3, colour);
    }

    /// <summary>The inverted picture: 255 − v for every value.</summary>
    /// <returns>The picture.</returns>
    public Picture Invert() => Map(value => (byte)(255 - value));

    /// <summary>The picture with every value replaced.</summary>
    /// <param name="replacement">The replacement of each value.</param>
    /// <returns>The picture.</returns>
    internal Picture Map(Func<byte, byte> replacement)
    {
        byte[] table = [.. Enumerable.Range(0, 256).Select(value => replacement((byte)value))];
        byte[] result = new byte[Pixels.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = table[Pixels[i]];
        }

        return new Picture(Width, Height, Channels, result);
    }

    /// <summary>The mean of all values in the outermost rows and columns: an estimate of the background of a drawing.</summary>
    /// <returns>The mean, 0 to 255.</returns>
    public double BorderMean()
    {
        long sum = 0;
        long count = 0;
        int rowLength = Width * Channels;
        for (int row = 0; row < Height; row++)
        {
            // For rows in between, the first and the last pixel; a picture of one column has only one.
            bool isWhole = row == 0 || row == Height - 1 || Width <= 2;
            ReadOnlySpan<byte> values = Pixels.AsSpan(row * rowLength, rowLength);
            foreach (byte value in isWhole ? values : values[..Channels])
            {
                sum += value;
            }

            foreach (byte value in isWhole ? [] : values[^Channels..])
            {
                sum += value;
            }

            count += isWhole ? rowLength : 2 * Channels;
        }

        return (double)sum / count;
    }

    /// <summary>A rectangle of the picture.</summary>
    /// <param name="left">Its first column.</param>
    /// <param name="top">Its first row.</param>
    /// <param name="width">Number of columns.</param>
    /// <param name="height">Number of rows.</param>
    /// <returns>The part.</returns>
    public Picture Crop(int left, int top, int width, int height)
    {
        byte[] part = new byte[width * height * Channels];
        for (int row = 0; row < height; row++)
        {
            Pixels.AsSpan((((top + row) * Width) + left) * Channels, width * Channels).CopyTo(part.AsSpan(row * width * Channels));
        }

        return new Picture(width, height, Channels, part);
    }

    /// <summary>The picture in another size, each new pixel the mean of the area that it covers: see <see cref="AreaResampling"/>.</summary>
    /// <param name="width">Number of columns.</param>
    /// <param name="height">Number of rows.</param>
    /// <returns>The picture; this one if it already has that size.</returns>
    public Picture Resize(int width, int height)
    {
        if (width == Width && height == Height)
        {
            return this;
        }

        byte[] result = new byte[checked(width * height * Channels)];
        AreaResampling.Resample(Pixels, Width, Height, Channels, result, width, height);
        return new Picture(width, height, Channels, result);
    }

    /// <summary>The luma of a pixel by ITU-R BT.601, with weights in 65536ths that add up to one, so that a grey pixel keeps its value.</summary>
    internal static byte Luma(int red, int green, int blue) => (byte)(((19595 * red) + (38470 * green) + (7471 * blue) + 32768) >> 16);

    /// <summary>Checks that pictures can have this many channels.</summary>
    /// <param name="channels">How many.</param>
    /// <param name="target">The target of the error.</param>
    /// <exception cref="CnnException"><c>PictureShape</c>: neither 1 nor 3.</exception>
    internal static void CheckChannels(int channels, object? target = null)
    {
        if (channels is not (1 or 3))
        {
            throw new CnnException(
                "PictureShape", CnnErrorKind.InvalidArgument, $"A picture has 1 channel (grey) or 3 (red, green, blue), and not {channels}.")
            { Target = target };
        }
    }
}
