using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Cnn.Plots;

/// <summary>Corrections to an SVG that Skia has written.</summary>
internal static partial class SvgText
{
    /// <summary>
    /// Names more font families for readers without the font; ends lists without a comma, which strict readers require; keeps the pixels of images square;
    /// and derives identifiers from the content alone, so that a figure is always written in the same way and two different figures can be used in one page.
    /// </summary>
    /// <param name="svg">The output of Skia.</param>
    /// <returns>The text of the file.</returns>
    public static string Finish(string svg)
    {
        string text = svg
            .Replace($"font-family=\"{PlotFont.Name}\"", $"font-family=\"{PlotFont.Families}\"", StringComparison.Ordinal)
            .Replace("<image ", "<image style=\"image-rendering:pixelated\" ", StringComparison.Ordinal);
        text = CommaAtEnd().Replace(text, "$1\"");
        text = Rename(text, "");
        return Rename(text, $"cnn-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8]}-");
    }

    /// <summary>Numbers the identifiers in the order in which they appear.</summary>
    private static string Rename(string text, string prefix)
    {
        Dictionary<string, string> names = [];
        return Identifier().Replace(text, match =>
        {
            string old = match.Groups[2].Value;
            if (!names.TryGetValue(old, out string? name))
            {
                names[old] = name = $"{prefix}{names.Count + 1}";
            }

            return match.Groups[1].Value + name;
        });
    }

    [GeneratedRegex("( [xy]=\"[^\"]*), \"")]
    private static partial Regex CommaAtEnd();

    [GeneratedRegex("""( id="|url\(#|href="#)([A-Za-z0-9_-]+)""")]
    private static partial Regex Identifier();
}
