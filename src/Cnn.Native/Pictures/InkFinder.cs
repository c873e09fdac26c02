namespace Cnn.Pictures;

/// <summary>
/// Finds the drawing on a sheet: bright ink on a darker background that need not be even. The background is fitted as a smooth surface, so that uneven light
/// and dark corners do not count as ink. Of the brighter pixels, the largest connected part and the parts that belong to it count, so that distant specks and
/// frames do not.
/// </summary>
internal static class InkFinder
{
    /// <summary>With more pixels in its longer side than this, a photograph shows no more of a digit.</summary>
    private const int MostSide = 1000;

    /// <summary>The share of the full contrast from which a pixel belongs to a connected part: less than half, so that thin strokes stay connected.</summary>
    private const float PartThreshold = 0.35f;

    /// <summary>Fainter pixels are background.</summary>
    private const float LeastContrast = 8;

    /// <summary>Ink must exceed the noise of the background by this factor.</summary>
    private const float NoiseFactor = 8;

    /// <summary>Finds the ink.</summary>
    /// <param name="picture">The picture, of one channel.</param>
    /// <returns>The ink with its full contrast, 0 elsewhere; null if there is no drawing.</returns>
    public static Picture? Find(Picture picture)
    {
        int longer = Math.Max(picture.Width, picture.Height);
        if (longer > MostSide)
        {
            picture = picture.Resize(Math.Max(1, picture.Width * MostSide / longer), Math.Max(1, picture.Height * MostSide / longer));
        }

        Background background = Background.Of(picture);
        if (Relief(picture, background) is not { } relief)
        {
            return null;
        }

        float most = relief.Max();
        InkParts parts = InkParts.Of(relief, picture.Width, picture.Height, PartThreshold * most);
        float full = FullContrast(relief, PartThreshold * most);
        byte[] ink = new byte[relief.Length];
        for (int i = 0; i < ink.Length; i++)
        {
            if (relief[i] > 0 && parts.Keeps(i % picture.Width, i / picture.Width))
            {
                ink[i] = (byte)Math.Min(255, Math.Round(255 * relief[i] / full));
            }
        }

        return new Picture(picture.Width, picture.Height, 1, ink);
    }

    /// <summary>Whether more is darker than the background than is brighter.</summary>
    /// <param name="picture">The picture, of one channel.</param>
    /// <returns>Whether it is so.</returns>
    public static bool IsInkDark(Picture picture)
    {
        Background background = Background.Of(picture);
        float least = Math.Max(LeastContrast, 3 * background.Noise);
        double sum = 0;
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            float above = picture.Pixels[i] - background.At(i % picture.Width, i / picture.Width);
            sum += Math.Abs(above) > least ? above : 0;
        }

        return sum < 0;
    }

    /// <summary>
    /// For each pixel, the share of the light between the background and white: a sheet reflects the same share of the light in its shadow, and so does the
    /// ink on it.
    /// </summary>
    private static float[]? Relief(Picture picture, Background background)
    {
        float[] relief = new float[picture.Pixels.Length];
        float most = 0;
        for (int row = 0; row < picture.Height; row++)
        {
            for (int column = 0; column < picture.Width; column++)
            {
                int at = (row * picture.Width) + column;
                float height = Math.Clamp(background.At(column, row), 0, 250);
                float above = picture.Pixels[at] - height;
                most = Math.Max(most, above);
                relief[at] = Math.Max(0, above - (2 * background.Noise)) / (255 - height);
            }
        }

        return most < Math.Max(LeastContrast, NoiseFactor * background.Noise) ? null : relief;
    }

    /// <summary>The value that becomes the brightest: nearly the largest, because single pixels may be outliers.</summary>
    private static float FullContrast(float[] relief, float threshold)
    {
        float[] ink = [.. relief.Where(value => value >= threshold).Order()];
        return ink[(int)(0.98 * (ink.Length - 1))];
    }
}
