using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Cnn.Data;

/// <summary>
/// Names of classes as names of folders on any system. Characters that a folder name cannot contain are percent-encoded, <c>%2F</c> for <c>/</c>, and the
/// list of names beside the folders restores them: Fashion-MNIST has a class "T-shirt/top".
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

            // A leading dot hides a folder; Windows drops trailing dots and spaces, and reserves the names of old devices.
            bool isEscaped = char.IsControl(letter) || NotInNames.Contains(letter, StringComparison.Ordinal)
                || (i == 0 && (isReserved || letter == '.'))
                || (i == className.Length - 1 && letter is '.' or ' ');
            folder.Append(isEscaped && letter < 0x80 ? string.Create(CultureInfo.InvariantCulture, $"%{(int)letter:X2}") : letter);
        }

        return folder.ToString();
    }

    /// <summary>The class of a folder: the known class whose folder has this name, or else the name itself. A folder named by a person keeps its name, even <c>50%25</c>.</summary>
    /// <param name="folder">The name of the folder.</param>
    /// <param name="classNames">The known class names.</param>
    /// <returns>The name of the class.</returns>
    public static string ClassOf(string folder, IReadOnlyList<string> classNames)
    {
        string name = Normalize(folder);
        return classNames.Contains(name, StringComparer.Ordinal) ? name : classNames.FirstOrDefault(known => Of(known) == name) ?? name;
    }

    /// <summary>A name with composed accents (Unicode's NFC): macOS decomposes the names of folders, and other systems do not.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The name in the form that is compared.</returns>
    public static string Normalize(string name)
    {
        try
        {
            return name?.Normalize()!;
        }
        catch (ArgumentException)
        {
            // An incomplete character has no normal form.
            return name;
        }
    }

    [GeneratedRegex(@"^(CON|PRN|AUX|NUL|(COM|LPT)[0-9])($|\.)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ReservedName();
}
