using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cnn.Data;

/// <summary>
/// Names of classes as names of folders on any system. What a folder cannot be called is written as in an address, <c>%2F</c> for <c>/</c>,
/// and read back: Fashion-MNIST has a class "T-shirt/top".
/// </summary>
internal static partial class ClassFolderName
{
    private const string NotInNames = "<>:\"/\\|?*%";

    /// <summary>The folder of a class.</summary>
    public static string Of(string className)
    {
        bool isReserved = ReservedName().IsMatch(className);
        var folder = new StringBuilder();
        for (int i = 0; i < className.Length; i++)
        {
            char letter = className[i];

            // A leading dot hides a folder; Windows drops dots and spaces at the end, and keeps the names of old devices.
            bool isEscaped = char.IsControl(letter) || NotInNames.Contains(letter, StringComparison.Ordinal)
                || (i == 0 && (isReserved || letter == '.'))
                || (i == className.Length - 1 && letter is '.' or ' ');
            folder.Append(isEscaped && letter < 0x80 ? string.Create(CultureInfo.InvariantCulture, $"%{(int)letter:X2}") : letter);
        }

        return folder.ToString();
    }

    /// <summary>The class of a folder.</summary>
    public static string ClassOf(string folder) => Escaped().Replace(
        folder, match => ((char)int.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());

    [GeneratedRegex("%([0-7][0-9A-Fa-f])")]
    private static partial Regex Escaped();

    [GeneratedRegex(@"^(CON|PRN|AUX|NUL|(COM|LPT)[0-9])($|\.)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ReservedName();
}
