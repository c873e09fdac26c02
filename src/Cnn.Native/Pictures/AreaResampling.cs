namespace Cnn.Pictures;

/// <summary>
/// Changes the size of pictures: each new pixel is the mean of the area of the old picture that it covers; pixels at the edge of the area count by the part
/// of them that is inside it (box filter). It uses only whole numbers, so the sums are exact and only the result is rounded: a constant picture stays
/// constant, the mean is preserved, and at the same size nothing changes.
/// </summary>
internal static class AreaResampling
{
    /// <summary>Resamples values in the order [row][column][channel].</summary>
    /// <param name="source">The old values.</param>
    /// <param name="width">Columns of the old picture.</param>
    /// <param name="height">Rows of the old picture.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="target">The new values.</param>
    /// <param name="targetWidth">Columns of the new picture.</param>
    /// <param name="targetHeight">Rows of the new picture.</param>
    public static void Resample(
        ReadOnlySpan<byte> source, int width, int height, int channels, Span<byte> target, int targetWidth, int targetHeight)
    {
        // On an axis of width · targetWidth units, an old pixel is targetWidth units long and a new one is width units: all overlaps are
        // whole numbers. The same holds for the rows, and a new pixel has the weight width · height.
        int targetLength = targetWidth * channels;
        long[] row = new long[targetLength];
        long[] sums = new long[targetLength];
        long weight = (long)width * height;
        int filled = 0;
        int targetRow = 0;
        for (int y = 0; y < height; y++)
        {
            AddColumns(source.Slice(y * width * channels, width * channels), width, channels, row, targetWidth);
            for (int left = targetHeight; left > 0;)
            {
                int part = Math.Min(left, height - filled);
                for (int i = 0; i < targetLength; i++)
                {
                    sums[i] += part * row[i];
                }

                left -= part;
                filled += part;
                if (filled == height)
                {
                    Span<byte> finished = target.Slice(targetRow * targetLength, targetLength);
                    for (int i = 0; i < targetLength; i++)
                    {
                        finished[i] = (byte)((sums[i] + (weight / 2)) / weight);
                        sums[i] = 0;
                    }

                    targetRow++;
                    filled = 0;
                }
            }
        }
    }

    /// <summary>One row in its new width: sums of old values times the units that they share with the new pixel.</summary>
    private static void AddColumns(ReadOnlySpan<byte> source, int width, int channels, Span<long> row, int targetWidth)
    {
        row.Clear();
        int filled = 0;
        int target = 0;
        for (int x = 0; x < width; x++)
        {
            for (int left = targetWidth; left > 0;)
            {
                int part = Math.Min(left, width - filled);
                for (int channel = 0; channel < channels; channel++)
                {
                    row[(target * channels) + channel] += part * source[(x * channels) + channel];
                }

                left -= part;
                filled += part;
                if (filled == width)
                {
                    target++;
                    filled = 0;
                }
            }
        }
    }
}
