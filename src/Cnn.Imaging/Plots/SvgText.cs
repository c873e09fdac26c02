using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Cnn.Plots;

/// <summary>What Skia leaves to be done to an SVG.</summary>
internal static partial class SvgText
{
    /// <summary>
    /// Names more families for readers without the font; ends lists without a comma, which strict readers refuse; leaves the pixels of
    /// images squares; and gives identifiers that depend on the content alone, so that one figure is written alike every time and two
    /// different ones can stand in one page.
    /// </summary>
    /// <param name="svg">What Skia wrote.</param>
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
