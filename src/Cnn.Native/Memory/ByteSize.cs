namespace Cnn.Memory;

/// <summary>Numbers of bytes as people read them.</summary>
public static class ByteSize
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>A number of bytes in the largest unit that gives at least 1, with at least two digits: <c>8.2 GB</c>, <c>115 MB</c>.</summary>
    /// <param name="bytes">The number of bytes, at least 0.</param>
    /// <returns>The text; a unit is 1000 of the one before.</returns>
    public static string Of(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return FormattableString.Invariant($"{(value < 10 && unit > 0 ? Math.Round(value, 1) : Math.Round(value))} {Units[unit]}");
    }
}
