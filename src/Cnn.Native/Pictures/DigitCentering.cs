namespace Cnn.Pictures;

/// <summary>
/// Places a drawing where MNIST has its digits: "size normalized to fit in a 20×20 pixel box while preserving their aspect ratio […] centered in a 28×28
/// image by computing the center of mass of the pixels, and translating the image so as to position this point at the center of the 28×28 field" (LeCun,
/// Cortes and Burges, "The MNIST database of handwritten digits").
/// </summary>
internal static class DigitCentering
{
    /// <summary>The box has 20 of 28 rows and columns.</summary>
    private const int BoxPart = 20;
    private const int FieldPart = 28;

    /// <summary>Pixels that are nearer to the brightest value than to the background are ink.</summary>
    private const int InkThreshold = 128;

    /// <summary>Places a bright drawing on a dark background; the background becomes 0 and the brightest value 255.</summary>
    /// <param name="picture">The picture, of one channel.</param>
    /// <param name="width">Columns of the field.</param>
    /// <param name="height">Rows of the field.</param>
    /// <returns>[row][column] of the field; all 0 if there is no drawing.</returns>
    public static byte[] Place(Picture picture, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(picture);
        byte[] field = new byte[checked(width * height)];
        if (InkFinder.Find(picture) is not { } ink)
        {
            return field;
        }

        Picture drawing = CropToInk(ink);
        double scale = Math.Min(Box(width) / (double)drawing.Width, Box(height) / (double)drawing.Height);
        drawing = drawing.Resize(Scaled(drawing.Width, scale), Scaled(drawing.Height, scale));
        (double x, double y) = CenterOfMass(drawing);

        // As far as the field allows: no part of the drawing is cut off.
        int left = Math.Clamp((int)Math.Round((width / 2.0) - x), 0, width - drawing.Width);
        int top = Math.Clamp((int)Math.Round((height / 2.0) - y), 0, height - drawing.Height);
        for (int row = 0; row < drawing.Height; row++)
        {
            drawing.Pixels.AsSpan(row * drawing.Width, drawing.Width).CopyTo(field.AsSpan(((top + row) * width) + left));
        }

        return field;
    }

    private static int Box(int size) => Math.Max(1, size * BoxPart / FieldPart);

    private static int Scaled(int size, double scale) => Math.Max(1, (int)Math.Round(size * scale));

    private static Picture CropToInk(Picture ink)
    {
        int left = ink.Width;
        int right = -1;
        int top = ink.Height;
        int bottom = -1;
        for (int row = 0; row < ink.Height; row++)
        {
            ReadOnlySpan<byte> values = ink.Pixels.AsSpan(row * ink.Width, ink.Width);
            int first = values.IndexOfAnyInRange((byte)InkThreshold, byte.MaxValue);
            if (first >= 0)
            {
                left = Math.Min(left, first);
                right = Math.Max(right, values.LastIndexOfAnyInRange((byte)InkThreshold, byte.MaxValue));
                top = Math.Min(top, row);
                bottom = row;
            }
        }

        return ink.Crop(left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>The centre of mass of the pixels; the middle if there are only a few dots in a large area.</summary>
    private static (double X, double Y) CenterOfMass(Picture drawing)
    {
        double sum = 0;
        double x = 0;
        double y = 0;
        for (int i = 0; i < drawing.Pixels.Length; i++)
        {
            double value = drawing.Pixels[i];
            sum += value;
            x += value * ((i % drawing.Width) + 0.5);
            y += value * ((i / drawing.Width) + 0.5);
        }

        return sum == 0 ? (drawing.Width / 2.0, drawing.Height / 2.0) : (x / sum, y / sum);
    }
}
