using System.Formats.Tar;

namespace Cnn.Files;

/// <summary>
/// Tells plain files from pipes, sockets and devices. Opening a pipe waits for its other end, a device may be endless, and a rename would replace either of
/// them with a file.
/// </summary>
internal static class PlainFile
{
    private const string Explanation = "a pipe, a socket or a device";

    /// <summary>The HRESULT of an <see cref="IOException"/> that does not come from the system: COR_E_IO.</summary>
    private const int NoErrorOfSystem = unchecked((int)0x80131620);

    /// <summary>Finds the path where a file has to be written. Nothing is opened.</summary>
    /// <param name="path">The target, as the user wrote it.</param>
    /// <returns>The full path; for symbolic links, the path that they finally point to, which need not exist.</returns>
    /// <exception cref="CnnException"><c>TargetNotFile</c>: the target is not a plain file, or a link leads to a folder.</exception>
    /// <exception cref="IOException">The links form a cycle.</exception>
    public static string TargetOf(string path)
    {
        string full = Path.GetFullPath(path);
        string target = Resolve(full);
        if (IsSpecial(target))
        {
            throw NotFile(path, $"it is {Explanation}");
        }

        // A path that is itself a folder is reported when it is written: most likely a file name is missing.
        return target != full && Directory.Exists(target) ? throw NotFile(path, $"it is a link to the folder '{target}'") : target;
    }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="share">What other processes may do with it meanwhile.</param>
    /// <param name="bufferSize">The size of the stream's buffer; 0 for none.</param>
    /// <param name="options">How it will be read.</param>
    /// <returns>The stream, whose length is that of the file.</returns>
    /// <exception cref="CnnException"><c>SourceNotFile</c>: it is a pipe, a socket or a device; it was not opened.</exception>
    /// <exception cref="IOException">The system refused.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refused.</exception>
    public static FileStream OpenRead(string path, FileShare share, int bufferSize = 4096, FileOptions options = FileOptions.None) =>
        IsSpecial(Resolve(Path.GetFullPath(path)))
            ? throw new CnnException(
                "SourceNotFile",
                CnnErrorKind.InvalidArgument,
                $"'{path}' cannot be read: it is {Explanation}, but a plain file is expected. Copy its content to a file, and pass that.")
            { Target = path }
            : new FileStream(path, FileMode.Open, FileAccess.Read, share, bufferSize, options);

    /// <summary>Follows symbolic links.</summary>
    /// <param name="full">The full path of a file or a folder, or a path that does not exist.</param>
    /// <returns>The path itself if it is not a link, otherwise the path that the links finally lead to, which need not exist.</returns>
    /// <exception cref="IOException">The links form a cycle.</exception>
    public static string Resolve(string full)
    {
        FileInfo file = new(full);
        return file.LinkTarget == null ? full : file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
    }

    /// <summary>Whether the path is neither a file nor a folder; a link is not followed.</summary>
    /// <param name="path">The full path.</param>
    /// <returns>Whether it is a pipe, a socket or a device.</returns>
    /// <remarks>
    /// .NET reports the type of a file only in the entries of tar archives, and the layout of the result of stat(2) differs between systems. So a tar writer
    /// is asked. It opens only plain files, and is asked only about files that have no length, like pipes, sockets and devices.
    /// </remarks>
    public static bool IsSpecial(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // NUL, COM1 and the like become paths of this kind, whatever folder they are in; so do named pipes.
            return path.StartsWith(@"\\.\", StringComparison.Ordinal);
        }

        if (!File.Exists(path) || new FileInfo(path).Length > 0)
        {
            return false;
        }

        try
        {
            using MemoryStream archive = new();
            using (TarWriter writer = new(archive, TarEntryFormat.Pax, leaveOpen: true))
            {
                writer.WriteEntry(path, entryName: "file");
            }

            archive.Position = 0;
            using TarReader reader = new(archive);
            return reader.GetNextEntry()?.EntryType is TarEntryType.Fifo or TarEntryType.CharacterDevice or TarEntryType.BlockDevice;
        }
        catch (IOException e) when (e.HResult == NoErrorOfSystem)
        {
            // A socket cannot be stored in an archive.
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty file that the archive may not open: the next attempt to open it reports the reason.
            return false;
        }
    }

    private static CnnException NotFile(string path, string what) => new(
        "TargetNotFile",
        CnnErrorKind.InvalidArgument,
        $"'{path}' cannot be written: {what}, and only plain files are replaced. Choose the name of a file.")
    { Target = path };
}
