namespace Cnn.Data;

/// <summary>
/// How numbers of a file become pixels: from 0 to 255 they are pixels, and numbers with decimals of which none is above 1 are fractions of 255, as Python's libraries have them. Others
/// are refused: only who made them knows their range.
/// </summary>
internal static class PixelScale
{
    /// <summary>By what numbers are multiplied.</summary>
    /// <param name="least">The least of all numbers and 0.</param>
    /// <param name="most">The largest of all numbers and 0.</param>
    /// <param name="areFractions">Whether they have decimals, or could have them.</param>
    /// <returns>The factor; null where the numbers are no pixels.</returns>
    public static double? Of(double least, double most, bool areFractions) => (least, most) switch
    {
        (0, <= 1) when areFractions => byte.MaxValue,
        (0, <= byte.MaxValue) => 1,
        _ => null,
    };

    /// <summary>What is wrong with the numbers; the end of a sentence, and what to do.</summary>
    public static string Problem(double least, double most) => FormattableString.Invariant(
        $"go from {least} to {most}: pixels go from 0 to 255 or, all of them with decimals, from 0 to 1. Bring them there where the file is made: 255 · (value − least) / (largest − least).");

    /// <summary>A number as a pixel.</summary>
    public static byte ToByte(double value, double scale) => (byte)Math.Round(scale * value, MidpointRounding.AwayFromZero);
}
