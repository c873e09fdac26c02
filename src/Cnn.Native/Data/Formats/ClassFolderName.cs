using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cnn.Data;

/// <summary>
/// Names of classes as names of folders on any system. What a folder cannot be called is written as in an address, <c>%2F</c> for <c>/</c>,
/// and the list of the names beside the folders brings it back: Fashion-MNIST has a class "T-shirt/top".
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

    /// <summary>The class of a folder: the one whose folder has this name, or else the name itself. A folder that a person named keeps its name, <c>50%25</c> too.</summary>
    /// <param name="folder">The name of the folder.</param>
    /// <param name="classNames">The names of the classes that are known.</param>
    /// <returns>The name of the class.</returns>
    public static string ClassOf(string folder, IReadOnlyList<string> classNames)
    {
        string name = Normalize(folder);
        return classNames.Contains(name, StringComparer.Ordinal) ? name : classNames.FirstOrDefault(known => Of(known) == name) ?? name;
    }

    /// <summary>A name with its accents composed (Unicode's NFC): macOS takes the names of folders apart, and other systems do not.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The name as it is compared.</returns>
    public static string Normalize(string name)
    {
        try
        {
            return name?.Normalize()!;
        }
        catch (ArgumentException)
        {
            // Half of a character has no normal form.
            return name;
        }
    }

    [GeneratedRegex(@"^(CON|PRN|AUX|NUL|(COM|LPT)[0-9])($|\.)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ReservedName();
}
