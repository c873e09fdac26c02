namespace Cnn.PowerShell.Formatting;

/// <summary>A bar of a chart, drawn with block characters.</summary>
public static class Bar
{
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>Draws a bar, to an eighth of a character.</summary>
    /// <param name="share">How much of the width is filled, 0 to 1; nothing for NaN.</param>
    /// <param name="width">Characters of a full bar.</param>
    /// <returns>The text, always <paramref name="width"/> characters long.</returns>
    public static string Draw(double share, int width)
    {
        int eighths = double.IsNaN(share) ? 0 : (int)(Math.Clamp(share, 0, 1) * width * Eighths.Length);
        string full = new('█', eighths / Eighths.Length);
        return full.Length == width ? full : (full + Eighths[eighths % Eighths.Length]).PadRight(width);
    }
}
