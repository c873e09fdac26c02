using System.Runtime.InteropServices;

namespace Cnn.Files;

/// <summary>
/// Writes a file completely or not at all: first under a temporary name beside the target, flushed to the disk, then renamed over the target. The new name is
/// flushed too, if the system supports that. After a kill or a power cut at any moment, the old file or the new one is there, and at worst also the temporary
/// file.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The target; if it is a symbolic link, the file that it points to is created or replaced.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <param name="content">Writes the whole content.</param>
    /// <exception cref="CnnException">
    /// <c>FileExists</c>, <c>FolderNotFound</c>, <c>TargetNotFile</c> or <c>WriteFailed</c>; the previous target is still there.
    /// </exception>
    public static void Write(string path, bool overwrite, Action<Stream> content) =>
        WriteThrough(path, overwrite, content, Temporaries.Own, folder => ParentFolder.Flush(folder));

    /// <summary>Writes a file with these two system calls, which tests replace.</summary>
    /// <param name="path">The target.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <param name="content">Writes the whole content.</param>
    /// <param name="create">Creates a new file.</param>
    /// <param name="flushFolder">Flushes the names in a folder to the disk.</param>
    internal static void WriteThrough(
        string path, bool overwrite, Action<Stream> content, Func<string, FileStream> create, Action<string> flushFolder)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            string target = TargetOf(path);
            CheckTarget(path, target, overwrite);
            string folder = Path.GetDirectoryName(target)!;

            // First, because it may make the room that is needed.
            Temporaries.RemoveAbandoned(folder);
            using FileStream stream = Temporaries.Create(folder, create);
            try
            {
                content(stream);
                stream.Flush(flushToDisk: true);
                Rename(path, stream.Name, target, overwrite);
                flushFolder(folder);
            }
            finally
            {
                // After the renaming there is no file of this name, and nothing is done.
                Temporaries.Quietly(() => File.Delete(stream.Name));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, e);
        }
    }

    private static string TargetOf(string path)
    {
        try
        {
            return PlainFile.TargetOf(path);
        }
        catch (ArgumentException e)
        {
            throw Refused(path, e);
        }
    }

    /// <summary>Finds errors of the renaming early, before anything is written.</summary>
    private static void CheckTarget(string path, string target, bool overwrite)
    {
        ParentFolder.Check(path, target, $"'{path}' cannot be written");
        if (!overwrite && File.Exists(target))
        {
            throw Exists(path, null);
        }

        if (Directory.Exists(target))
        {
            throw Refused(path, null);
        }
    }

    private static void Rename(string path, string temporary, string target, bool overwrite)
    {
        try
        {
            // Without overwriting, the system itself refuses a target that was created since the check: of two processes that write the same new file, one
            // gets the error that it exists. Windows moves in this way; on Unix, File.Move checks first and then renames, and only creating a link is refused
            // in one step. The caller removes the temporary name.
            if (!overwrite && !OperatingSystem.IsWindows())
            {
                if (Link(temporary, target) == 0)
                {
                    return;
                }

                if (File.Exists(target))
                {
                    throw Exists(path, null);
                }
            }

            // Also for file systems without links.
            File.Move(temporary, target, overwrite);
        }
        catch (IOException e) when (!overwrite && File.Exists(target))
        {
            throw Exists(path, e);
        }
    }

    [DllImport("libc", EntryPoint = "link")]
    private static extern int Link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);

    private static CnnException Refused(string path, Exception? e)
    {
        string reason = e?.Message ?? "It is a folder: add a file name.";
        return new CnnException(
            "WriteFailed", CnnErrorKind.WriteFailed, $"'{path}' cannot be written: {reason} Make room or give permission, or choose another place.", e)
        { Target = path };
    }

    private static CnnException Exists(string path, Exception? inner) => new(
        "FileExists",
        CnnErrorKind.AlreadyExists,
        $"'{path}' already exists, and overwriting is not allowed. Choose another name, or allow overwriting (-Force).",
        inner)
    { Target = path };
}
