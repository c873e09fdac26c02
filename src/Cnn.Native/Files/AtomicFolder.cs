namespace Cnn.Files;

/// <summary>
/// Writes a folder of files completely or not at all: first under a temporary name beside the target, then renamed. After a kill at any moment there is no
/// target or the complete one, and at worst also a temporary folder, which is removed the next time. If the folder already has files, each file is moved as a
/// whole.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>Writes a folder.</summary>
    /// <param name="path">The target; its parent folder exists. If it is a symbolic link, the folder that it points to is created or filled.</param>
    /// <param name="overwrite">Whether it may already have files: those of the same name are replaced, and no others are touched.</param>
    /// <param name="content">Writes the files into the folder that it is given.</param>
    /// <exception cref="CnnException">
    /// <c>FolderNotFound</c>, <c>FileExists</c>, <c>FolderNotEmpty</c>, <c>TargetNotFolder</c>, <c>TargetNotFile</c> (for a file in it that would be
    /// replaced) or <c>WriteFailed</c>.
    /// </exception>
    public static void Write(string path, bool overwrite, Action<string> content)
    {
        try
        {
            string target = Path.TrimEndingDirectorySeparator(PlainFile.Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))));

            // Debris of a killed process does not count as files of the folder.
            Temporaries.RemoveAbandoned(target);
            CheckTarget(path, target, overwrite);

            // If files are renamed one by one, the temporary folder is inside the target, which may be on another disk than its parent.
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
                $"The folder '{path}' cannot be written: it is a pipe, a socket or a device. Choose a folder.")
            { Target = path };
        }

        if (File.Exists(target))
        {
            throw new CnnException(
                "FileExists", CnnErrorKind.AlreadyExists, $"'{path}' is a file, but a folder is to be written. Choose another name.")
            { Target = path };
        }

        if (!overwrite && Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new CnnException(
                "FolderNotEmpty",
                CnnErrorKind.AlreadyExists,
                $"The folder '{path}' is not empty. Choose another name, or allow replacing files of the same name (-Force); others stay.")
            { Target = path };
        }
    }

    /// <summary>One rename if there is no folder yet; otherwise one for each file.</summary>
    private static void Move(string temporary, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(temporary, target);
            return;
        }

        // All targets are checked before the first one is replaced.
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
