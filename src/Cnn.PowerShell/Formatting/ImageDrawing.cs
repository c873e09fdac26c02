using System.Globalization;
using System.Text;
using Cnn.Pictures;

namespace Cnn.PowerShell.Formatting;

/// <summary>Draws pictures with characters.</summary>
public static class ImageDrawing
{
    /// <summary>From dark to light, on a dark terminal.</summary>
    private const string Ramp = " .:-=+*#%@";

    private const string Reset = "\e[0m";

    /// <summary>Draws a picture: a character is one pixel wide and two high.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="width">The largest number of columns; a wider picture is drawn smaller.</param>
    /// <param name="colours">
    /// Whether colours are available: then half blocks, exact to the pixel. Otherwise characters from dark to light, the mean of two pixels each.
    /// </param>
    /// <returns>The lines.</returns>
    public static IReadOnlyList<string> Lines(Picture picture, int width, bool colours)
    {
        Picture fitted = picture.Width <= width
            ? picture
            : picture.Resize(width, Math.Max(1, (int)Math.Round((double)picture.Height * width / picture.Width)));
        return colours ? HalfBlocks(fitted.ToColour()) : Signs(fitted.ToGrey());
    }

    private static List<string> Signs(Picture picture)
    {
        Picture halved = picture.Resize(picture.Width, (picture.Height + 1) / 2);
        return
        [
            .. halved.Pixels.Chunk(halved.Width)
                .Select(row => new string([.. row.Select(value => Ramp[value * Ramp.Length / 256])]).TrimEnd()),
        ];
    }

    private static List<string> HalfBlocks(Picture picture)
    {
        List<string> lines = [];
        for (int row = 0; row < picture.Height; row += 2)
        {
            var line = new StringBuilder();
            string before = "";
            for (int column = 0; column < picture.Width; column++)
            {
                // Below the last row of an odd number there is nothing: black.
                (byte, byte, byte) upper = Colour(picture, row, column);
                (byte, byte, byte) lower = row + 1 < picture.Height ? Colour(picture, row + 1, column) : default;
                (char sign, (byte, byte, byte) front, (byte, byte, byte) back) = Cell(upper, lower);
                string code = Code(38, front) + Code(48, back);
                line.Append(code == before ? "" : code).Append(sign);
                before = code;
            }

            lines.Add(line.Append(Reset).ToString());
        }

        return lines;
    }

    /// <summary>
    /// A character and its colours. If both pixels are the same, any character looks the same, and the chosen one keeps a rough drawing if the colours are
    /// removed, for example in output to a file.
    /// </summary>
    private static (char Sign, (byte, byte, byte) Front, (byte, byte, byte) Back) Cell((byte, byte, byte) upper, (byte, byte, byte) lower)
    {
        int light = Light(upper);
        return upper == lower ? (light > 127 ? '█' : ' ', upper, lower)
            : light >= Light(lower) ? ('▀', upper, lower)
            : ('▄', lower, upper);
    }

    private static (byte Red, byte Green, byte Blue) Colour(Picture picture, int row, int column)
    {
        int at = 3 * ((row * picture.Width) + column);
        return (picture.Pixels[at], picture.Pixels[at + 1], picture.Pixels[at + 2]);
    }

    private static int Light((byte Red, byte Green, byte Blue) colour) => (colour.Red + colour.Green + colour.Blue) / 3;

    private static string Code(int kind, (byte Red, byte Green, byte Blue) colour) =>
        string.Create(CultureInfo.InvariantCulture, $"\e[{kind};2;{colour.Red};{colour.Green};{colour.Blue}m");
}
