using System.Formats.Tar;

namespace Cnn.Files;

/// <summary>
/// Plain files, told from what only looks like one in a folder: pipes, sockets and devices. To open a pipe waits for whoever is at its other
/// end, a device may never come to an end, and a rename over either puts a file where the system had something of its own.
/// </summary>
internal static class PlainFile
{
    private const string Explanation = "a pipe, a socket or a device";

    /// <summary>What an <see cref="IOException"/> has that does not come from the system: COR_E_IO.</summary>
    private const int NoErrorOfSystem = unchecked((int)0x80131620);

    /// <summary>Finds where a file has to be written to. Nothing is opened.</summary>
    /// <param name="path">The target, as the user has it.</param>
    /// <returns>The full path; behind symbolic links that of what they finally point to, which need not exist.</returns>
    /// <exception cref="CnnException"><c>TargetNotFile</c>: something is there that is no plain file, or a link leads to a folder.</exception>
    /// <exception cref="IOException">Links go round in circles.</exception>
    public static string TargetOf(string path)
    {
        string full = Path.GetFullPath(path);
        string target = Resolve(full);
        if (IsSpecial(target))
        {
            throw NotFile(path, $"it is {Explanation}");
        }

        // A folder that is named itself is an error where something is written there: that a name is missing is the likelier mistake.
        return target != full && Directory.Exists(target) ? throw NotFile(path, $"it is a link to the folder '{target}'") : target;
    }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="share">What others may do with it meanwhile.</param>
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
                $"'{path}' cannot be read: it is {Explanation}, and a plain file is expected. Copy what comes out of it to a file, and pass that.")
            { Target = path }
            : new FileStream(path, FileMode.Open, FileAccess.Read, share, bufferSize, options);

    /// <summary>Follows symbolic links.</summary>
    /// <param name="full">The full path of a file or a folder, or of nothing.</param>
    /// <returns>The path itself where it is no link, else that of what the links finally lead to, which need not exist.</returns>
    /// <exception cref="IOException">Links go round in circles.</exception>
    public static string Resolve(string full)
    {
        FileInfo file = new(full);
        return file.LinkTarget == null ? full : file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
    }

    /// <summary>Whether something that is no file and no folder is at a path; a link is not followed.</summary>
    /// <param name="path">The full path.</param>
    /// <returns>Whether it is a pipe, a socket or a device.</returns>
    /// <remarks>
    /// .NET tells the type of a file nowhere but in the entries of tar archives, and the layout of what stat(2) fills in differs between systems.
    /// So an archive is asked. It opens plain files only, and is asked only about what has no length, as pipes, sockets and devices have none.
    /// </remarks>
    public static bool IsSpecial(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // NUL, COM1 and the like become paths of this kind, whatever folder they are looked for in; so do named pipes.
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
            // What has no place in an archive: a socket.
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty file that the archive may not open: whoever opens it next says why.
            return false;
        }
    }

    private static CnnException NotFile(string path, string what) => new(
        "TargetNotFile",
        CnnErrorKind.InvalidArgument,
        $"'{path}' cannot be written: {what}, and nothing but a plain file is replaced. Choose the name of a file.")
    { Target = path };
}
