namespace Cnn.Files;

/// <summary>
/// Writes a folder of files whole or not at all: under a temporary name beside the target first, then renamed. A kill at any moment leaves
/// no target or the whole of it, and at worst a temporary folder, which goes the next time. Into a folder that has files already, each file is moved whole.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>Writes a folder.</summary>
    /// <param name="path">The target; the folder above it exists. Where it is a symbolic link, the folder that it points to is made or filled.</param>
    /// <param name="overwrite">Whether it may have files already: those of the same name are replaced, and no other is touched.</param>
    /// <param name="content">Writes the files into the folder that it is given.</param>
    /// <exception cref="CnnException">
    /// <c>FolderNotFound</c>, <c>FileExists</c>, <c>FolderNotEmpty</c>, <c>TargetNotFolder</c>, <c>TargetNotFile</c> (of a file that would be
    /// replaced in it) or <c>WriteFailed</c>.
    /// </exception>
    public static void Write(string path, bool overwrite, Action<string> content)
    {
        try
        {
            string target = Path.TrimEndingDirectorySeparator(PlainFile.Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))));

            // What a killed process left in a folder does not make it one with files.
            Temporaries.RemoveAbandoned(target);
            CheckTarget(path, target, overwrite);

            // Where files are renamed one by one it is within the folder, which may be on another disk than the one above it.
            using ScratchFolder scratch = ScratchFolder.Create(Directory.Exists(target) ? target : Path.GetDirectoryName(target)!);
            content(scratch.Content);
            Move(scratch.Content, target);
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
        if (PlainFile.IsSpecial(target))
        {
            throw new CnnException(
                "TargetNotFolder",
                CnnErrorKind.InvalidArgument,
                $"The folder '{path}' cannot be written: it is a pipe, a socket or a device. Choose the name of a folder.")
            { Target = path };
        }

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

    /// <summary>One rename where there is nothing yet; else one for each file.</summary>
    private static void Move(string temporary, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(temporary, target);
            return;
        }

        // All are looked at before the first is replaced.
        (string From, string To)[] files =
        [
            .. Directory.EnumerateFiles(temporary, "*", SearchOption.AllDirectories)
                .Select(file => (file, PlainFile.TargetOf(Path.Combine(target, Path.GetRelativePath(temporary, file))))),
        ];
        foreach (string folder in Directory.EnumerateDirectories(temporary, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(temporary, folder)));
        }

        foreach ((string from, string to) in files)
        {
            File.Move(from, to, overwrite: true);
        }
    }
}
