using System.Globalization;
using System.Text;

namespace Cnn.PowerShell.Formatting;

/// <summary>
/// Text in the columns of a terminal. Class names come from folders and may be long or Chinese, so the number of terminal cells counts, not the number of
/// characters.
/// </summary>
public static class Cells
{
    private const string Ellipsis = "…";

    /// <summary>The characters that take two cells: East Asian ones and pictographs.</summary>
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6),
        (0x1F300, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>How many cells a text takes.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The number of cells.</returns>
    public static int Count(string text) => text.EnumerateRunes().Sum(Count);

    /// <summary>Pads or cuts a text to the width of its column: spaces after it, or an ellipsis.</summary>
    /// <param name="text">The text; characters that would move the cursor become spaces.</param>
    /// <param name="width">The width of the column in cells.</param>
    /// <returns>A text of exactly this many cells.</returns>
    public static string Left(string text, int width)
    {
        string shown = Cut(text, width);
        return shown + new string(' ', Math.Max(0, width - Count(shown)));
    }

    /// <summary>Pads or cuts a text to the width of its column: spaces before it, or an ellipsis.</summary>
    /// <param name="text">The text; characters that would move the cursor become spaces.</param>
    /// <param name="width">The width of the column in cells.</param>
    /// <returns>A text of exactly this many cells.</returns>
    public static string Right(string text, int width)
    {
        string shown = Cut(text, width);
        return new string(' ', Math.Max(0, width - Count(shown))) + shown;
    }

    private static string Cut(string text, int width)
    {
        var shown = new StringBuilder();
        int room = Math.Max(0, Count(text) <= width ? width : width - Ellipsis.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            room -= Count(rune);
            if (room < 0)
            {
                return width < 1 ? "" : $"{shown}{Ellipsis}";
            }

            shown.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }

        return shown.ToString();
    }

    private static int Count(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        _ => Wide.Any(range => rune.Value >= range.First && rune.Value <= range.Last) ? 2 : 1,
    };
}
