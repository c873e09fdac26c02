namespace Cnn.Data;

/// <summary>
/// How numbers in a file become pixels: numbers from 0 to 255 are pixels, and numbers with decimals of which none is above 1 are fractions of 255, as in
/// Python libraries. Others are refused: only their author knows their range.
/// </summary>
internal static class PixelScale
{
    /// <summary>The factor that numbers are multiplied by.</summary>
    /// <param name="least">The smallest of all numbers and 0.</param>
    /// <param name="most">The largest of all numbers and 0.</param>
    /// <param name="areFractions">Whether they have decimals, or their type allows decimals.</param>
    /// <returns>The factor; null if the numbers are not pixels.</returns>
    public static double? Of(double least, double most, bool areFractions) => (least, most) switch
    {
        (0, <= 1) when areFractions => byte.MaxValue,
        (0, <= byte.MaxValue) => 1,
        _ => null,
    };

    /// <summary>What is wrong with the numbers; the end of a sentence, and what to do.</summary>
    public static string Problem(double least, double most) => FormattableString.Invariant(
        $"go from {least} to {most}: pixels go from 0 to 255 or, as fractions, from 0 to 1. Convert them before writing the file: 255 · (value − least) / (largest − least).");

    /// <summary>A number as a pixel.</summary>
    public static byte ToByte(double value, double scale) => (byte)Math.Round(scale * value, MidpointRounding.AwayFromZero);
}
