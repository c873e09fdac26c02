using System.Runtime.InteropServices;

namespace Cnn.Files;

/// <summary>
/// Writes a file whole or not at all: under a temporary name beside the target first, flushed to the disk, then renamed over it, and the
/// new name flushed too where the system can do that. A kill or a power cut at any moment leaves the old file or the new one, and at worst
/// the temporary file.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The target; where it is a symbolic link, the file that it points to is made or replaced.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <param name="content">Writes the content, from the first byte to the last.</param>
    /// <exception cref="CnnException">
    /// <c>FileExists</c>, <c>FolderNotFound</c>, <c>TargetNotFile</c> or <c>WriteFailed</c>; whatever was at the target is still there.
    /// </exception>
    public static void Write(string path, bool overwrite, Action<Stream> content) =>
        WriteThrough(path, overwrite, content, Temporaries.Own, folder => ParentFolder.Flush(folder));

    /// <summary>Writes a file, by means of these two calls of the system, which the tests watch.</summary>
    /// <param name="path">The target.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <param name="content">Writes the content, from the first byte to the last.</param>
    /// <param name="create">Makes a new file.</param>
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

            // First, as it may be what makes the room.
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
                // After the renaming there is nothing of this name, and nothing is done.
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

    /// <summary>Finds out early, before anything is written, what the renaming would find out late.</summary>
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
            // Without overwriting, the system itself refuses a target that has come into being since it was looked for: of two that
            // write the same new file, one gets the error that it exists. Windows moves so; on Unix File.Move looks first and then renames,
            // and only a new link is refused in one step. The temporary name is removed by the caller.
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
        $"'{path}' exists already, and nobody said that it may be replaced. Choose another name, or allow overwriting (-Force).",
        inner)
    { Target = path };
}
