using System.Buffers.Text;

namespace Cnn.Data;

/// <summary>
/// The pixels of a table while it is read. Numbers with decimals may be fractions of 255 (<see cref="PixelScale"/>), which is known only at the end of the table. They are kept as fractions until a
/// number above 1 is read; then they are rounded to whole numbers.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class CsvPixels(string path)
{
    private readonly PixelPieces _pixels = new(path);
    private bool _hasDecimals;
    private double _most;

    /// <summary>Whether the pixels so far are fractions of 255.</summary>
    private bool AreFractions => _hasDecimals && _most <= 1;

    /// <summary>Adds the number in a field.</summary>
    /// <param name="field">The field.</param>
    /// <returns>What is wrong with it; null if nothing is.</returns>
    /// <exception cref="CnnException">There are too many pixels: see <see cref="PixelPieces.Add"/>.</exception>
    public string? Add(ReadOnlySpan<byte> field)
    {
        if (Utf8Parser.TryParse(field, out byte pixel, out int used) && used == field.Length)
        {
            Add(pixel, isDecimal: false);
            return null;
        }

        // Whole numbers outside of 0 to 255 are not pixels.
        if (field.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0 || !Utf8Parser.TryParse(field, out double value, out used) || used != field.Length)
        {
            return "is not a pixel: a whole number from 0 to 255, or a fraction from 0 to 1.";
        }

        if (!(value >= 0 && value <= byte.MaxValue))
        {
            return "is not a pixel: they go from 0 to 255 or, as fractions, from 0 to 1. Convert them before writing the file: 255 · (value − least) / (largest − least).";
        }

        Add(value, isDecimal: true);
        return null;
    }

    /// <summary>Moves the pixels into one memory.</summary>
    /// <returns>The memory.</returns>
    public PixelMemory ToMemory() => _pixels.ToMemory();

    private void Add(double value, bool isDecimal)
    {
        bool wereFractions = AreFractions;
        _hasDecimals |= isDecimal;
        _most = Math.Max(_most, value);
        if (AreFractions != wereFractions)
        {
            // All before are 0 or 1, or fractions, of which those from 0.5 on are next to 1.
            _pixels.Recode(wereFractions ? pixel => (byte)(pixel > byte.MaxValue / 2 ? 1 : 0) : pixel => (byte)(pixel * byte.MaxValue));
        }

        _pixels.Add(PixelScale.ToByte(value, AreFractions ? byte.MaxValue : 1));
    }
}
