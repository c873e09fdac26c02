namespace Cnn.Pictures;

/// <summary>
/// Finds what is drawn on a sheet: bright ink on a darker ground that need not be even. The ground is a smooth surface, so that light which falls off and dark
/// corners are no ink; of what is brighter, the largest connected part counts and what belongs to it, so that specks far away and frames are none.
/// </summary>
internal static class InkFinder
{
    /// <summary>A photograph shows no more of a digit with more pixels than these in its longer side.</summary>
    private const int MostSide = 1000;

    /// <summary>Part of the full contrast from which a pixel belongs to a connected part: less than half, so that thin strokes hold together.</summary>
    private const float PartThreshold = 0.35f;

    /// <summary>What is fainter is the ground.</summary>
    private const float LeastContrast = 8;

    /// <summary>So many times the noise of the ground stays below what counts as ink.</summary>
    private const float NoiseFactor = 8;

    /// <summary>Finds the ink.</summary>
    /// <param name="picture">The picture, of one channel.</param>
    /// <returns>The ink with its full contrast, 0 elsewhere; null where nothing is drawn.</returns>
    public static Picture? Find(Picture picture)
    {
        int longer = Math.Max(picture.Width, picture.Height);
        if (longer > MostSide)
        {
            picture = picture.Resize(Math.Max(1, picture.Width * MostSide / longer), Math.Max(1, picture.Height * MostSide / longer));
        }

        Ground ground = Ground.Of(picture);
        if (Relief(picture, ground) is not { } relief)
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

    /// <summary>Whether there is more that is darker than the ground than there is that is brighter.</summary>
    /// <param name="picture">The picture, of one channel.</param>
    /// <returns>Whether it is so.</returns>
    public static bool IsInkDark(Picture picture)
    {
        Ground ground = Ground.Of(picture);
        float least = Math.Max(LeastContrast, 3 * ground.Noise);
        double sum = 0;
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            float above = picture.Pixels[i] - ground.At(i % picture.Width, i / picture.Width);
            sum += Math.Abs(above) > least ? above : 0;
        }

        return sum < 0;
    }

    /// <summary>
    /// How much of the light between the ground and white each pixel has: a sheet reflects the same share of the light in its shadow, and so does the ink on it.
    /// </summary>
    private static float[]? Relief(Picture picture, Ground ground)
    {
        float[] relief = new float[picture.Pixels.Length];
        float most = 0;
        for (int row = 0; row < picture.Height; row++)
        {
            for (int column = 0; column < picture.Width; column++)
            {
                int at = (row * picture.Width) + column;
                float height = Math.Clamp(ground.At(column, row), 0, 250);
                float above = picture.Pixels[at] - height;
                most = Math.Max(most, above);
                relief[at] = Math.Max(0, above - (2 * ground.Noise)) / (255 - height);
            }
        }

        return most < Math.Max(LeastContrast, NoiseFactor * ground.Noise) ? null : relief;
    }

    /// <summary>What becomes the brightest value: nearly the largest, since single pixels may be anything.</summary>
    private static float FullContrast(float[] relief, float threshold)
    {
        float[] ink = [.. relief.Where(value => value >= threshold).Order()];
        return ink[(int)(0.98 * (ink.Length - 1))];
    }
}
