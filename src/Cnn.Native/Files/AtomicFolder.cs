namespace Cnn.Files;

/// <summary>
/// Writes a folder of files whole or not at all: under a temporary name beside the target first, then renamed. A kill at any moment leaves
/// no target or the whole of it, and at worst the temporary folder. Into a folder that has files already, each file is moved whole.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>Writes a folder.</summary>
    /// <param name="path">The target; the folder above it exists.</param>
    /// <param name="overwrite">Whether it may have files already: those of the same name are replaced, and no other is touched.</param>
    /// <param name="content">Writes the files into the folder that it is given.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c>, <c>FileExists</c>, <c>FolderNotEmpty</c> or <c>WriteFailed</c>.</exception>
    public static void Write(string path, bool overwrite, Action<string> content)
    {
        try
        {
            string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            CheckTarget(path, target, overwrite);
            string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
            Directory.CreateDirectory(temporary);
            try
            {
                content(temporary);
                Move(temporary, target);
            }
            finally
            {
                Remove(temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CnnException(
                "WriteFailed",
                CnnErrorKind.WriteFailed,
                $"The folder '{path}' cannot be written: {e.Message} Make room or give permission, or choose another place.",
                e)
            { Target = path };
        }
    }

    private static void CheckTarget(string path, string target, bool overwrite)
    {
        ParentFolder.Check(path, target, $"The folder '{path}' cannot be written");
        if (File.Exists(target))
        {
            throw new CnnException(
                "FileExists", CnnErrorKind.AlreadyExists, $"'{path}' is a file, and a folder is to be written. Choose another name.")
            { Target = path };
        }

        if (!overwrite && Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new CnnException(
                "FolderNotEmpty",
                CnnErrorKind.AlreadyExists,
                $"The folder '{path}' is not empty. Choose another name, or allow that files of the same name are replaced (-Force); others stay.")
            { Target = path };
        }
    }

    /// <summary>One rename where there is nothing yet; else file after file.</summary>
    private static void Move(string temporary, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(temporary, target);
            return;
        }

        foreach (string folder in Directory.EnumerateDirectories(temporary, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(temporary, folder)));
        }

        foreach (string file in Directory.EnumerateFiles(temporary, "*", SearchOption.AllDirectories))
        {
            File.Move(file, Path.Combine(target, Path.GetRelativePath(temporary, file)), overwrite: true);
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Remains cost room; the error that led here, if there is one, says more than that they cannot be removed.
        }
    }
}
