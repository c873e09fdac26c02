using Cnn.Files;

namespace Cnn.Data;

/// <summary>The file beside images that names their classes in the order of the labels, one per line.</summary>
internal static class ClassNamesFile
{
    /// <summary>The name of the file.</summary>
    public const string Name = "class-names.txt";

    /// <summary>Checks that the names can be written one per line.</summary>
    /// <param name="images">The set that has them.</param>
    /// <exception cref="CnnException"><c>ClassNameLines</c>: one has more than one line.</exception>
    public static void Check(ImageSet images)
    {
        if (images.ClassNames.FirstOrDefault(name => name.AsSpan().ContainsAny('\r', '\n')) is { } lines)
        {
            throw new CnnException(
                "ClassNameLines", CnnErrorKind.InvalidArgument, $"The class name '{lines}' of {images.Name} has more than one line: give the class a name of one line.")
            { Target = images };
        }
    }

    /// <summary>Writes the names.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="names">The names, by label.</param>
    public static void Write(string folder, IReadOnlyList<string> names) => File.WriteAllLines(Path.Combine(folder, Name), names);

    /// <summary>Reads the names.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The names, by label; null if there is no such file.</returns>
    /// <exception cref="CnnException"><c>ReadFailed</c>, or it is not a plain file.</exception>
    public static IReadOnlyList<string>? ReadIfExists(string folder)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using StreamReader reader = new(PlainFile.OpenRead(path, FileShare.Read | FileShare.Delete));
            List<string> lines = [];
            while (reader.ReadLine() is { } line)
            {
                lines.Add(line);
            }

            return lines.AsReadOnly();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message} Give permission, or name the classes yourself.", e)
            { Target = path };
        }
    }
}
