namespace Cnn.Files;

/// <summary>
/// What is being written, under a name that is nobody's until it is whole. Its writer holds a lock of the system on it, and what nobody holds
/// a lock on was left by a process that was killed: it is removed whenever its folder is used again.
/// </summary>
/// <remarks>
/// A lock rather than a process id in the name: it ends with the process, however that ends, and ids are given again. It also holds between
/// containers that share a folder, each of which counts its processes from 1. Where locks of writers are not seen (.NET takes none on NFS and SMB,
/// some file systems know none) and on network drives, where another machine's may not be seen, only age counts: there a day has to go by.
/// Nothing but names of exactly this form, which no user and no other program gives, is ever looked at.
/// </remarks>
internal static class Temporaries
{
    /// <summary>The file in a temporary folder that its writer holds the lock on.</summary>
    public const string LockName = "lock";

    /// <summary>The folder in a temporary folder that becomes the target.</summary>
    public const string ContentName = "content";

    private const string Beginning = ".cnn-";
    private const string Ending = ".tmp";

    /// <summary>
    /// One is enough unless somebody who cleans up looks at a new temporary before its writer has locked it. On a busy machine that may happen several
    /// times in a row, and an attempt takes some microseconds.
    /// </summary>
    private const int MostAttempts = 32;

    /// <summary>Longer than any writing that is still going on.</summary>
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromDays(1);

    /// <summary>Makes a temporary of a new name.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="folder">The folder that it is made in.</param>
    /// <param name="create">Makes it at a path.</param>
    /// <returns>The temporary.</returns>
    /// <exception cref="IOException">The system refuses it, under any name.</exception>
    public static T Create<T>(string folder, Func<string, T> create)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return create(Path.Combine(folder, $"{Beginning}{Guid.NewGuid():N}{Ending}"));
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                // Whatever the reason is, a full disk for instance: the last attempt tells it.
            }
        }
    }

    /// <summary>Makes a file that is locked for as long as the stream is open.</summary>
    /// <param name="path">The file; there is none.</param>
    /// <returns>The stream. It has no buffer, so that closing it writes nothing and cannot fail.</returns>
    /// <exception cref="IOException">The system refuses, or somebody who cleans up was quicker.</exception>
    public static FileStream Own(string path)
    {
        FileStream stream = OpenAsWriter(path, FileMode.CreateNew);
        if (File.Exists(path))
        {
            return stream;
        }

        // It was taken for a leftover and removed before it was locked.
        stream.Dispose();
        throw new IOException($"'{path}' went away while it was made.");
    }

    /// <summary>Removes what killed processes left in a folder. Where it cannot be removed, it stays: it costs room, and nothing else.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    public static void RemoveAbandoned(string folder)
    {
        try
        {
            foreach (string path in Directory.EnumerateFileSystemEntries(folder, $"{Beginning}*{Ending}"))
            {
                if (IsName(Path.GetFileName(path)))
                {
                    Quietly(() => RemoveIfAbandoned(path));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder may be written to and not listed.
        }
    }

    /// <summary>Does what may fail without harm: removing what is not needed any more.</summary>
    /// <param name="remove">Removes it.</param>
    public static void Quietly(Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here, if there is one, says more than that something cannot be removed.
        }
    }

    private static bool IsName(string name) =>
        name.Length == Beginning.Length + 32 + Ending.Length
        && name.StartsWith(Beginning, StringComparison.Ordinal)
        && name.EndsWith(Ending, StringComparison.Ordinal)
        && !name.AsSpan(Beginning.Length, 32).ContainsAnyExcept("0123456789abcdef");

    private static void RemoveIfAbandoned(string path)
    {
        FileAttributes attributes = File.GetAttributes(path);
        bool isFolder = attributes.HasFlag(FileAttributes.Directory);
        if (attributes.HasFlag(FileAttributes.ReparsePoint) || (isFolder ? !MayBeRemoved(path) : PlainFile.IsSpecial(path)))
        {
            return;
        }

        bool isOld = File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - LeftoverAge;
        string owned = isFolder ? Path.Combine(path, LockName) : path;

        // A folder whose writer was killed between making it and locking it has no lock yet.
        FileMode mode = isFolder ? FileMode.OpenOrCreate : FileMode.Open;
        if (!isOld && !AreWritersSeen(owned, mode))
        {
            return;
        }

        // The name goes while the lock is held: nobody can come to own it in between.
        using (new FileStream(owned, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose))
        {
            if (isFolder && Directory.Exists(Path.Combine(path, ContentName)))
            {
                Directory.Delete(Path.Combine(path, ContentName), recursive: true);
            }
        }

        if (isFolder)
        {
            Directory.Delete(path);
        }
    }

    /// <summary>
    /// Whether a folder has nothing but what a writer makes in it, and stands where not everybody may write, as in /tmp: there another user could
    /// put a link in its place while what is in it is removed.
    /// </summary>
    private static bool MayBeRemoved(string folder) =>
        (OperatingSystem.IsWindows() || !File.GetUnixFileMode(Path.GetDirectoryName(folder)!).HasFlag(UnixFileMode.OtherWrite))
        && Directory.EnumerateFileSystemEntries(folder).All(entry => Path.GetFileName(entry) is LockName or ContentName);

    /// <summary>Whether a writer's lock would be seen: one is taken as a writer takes it, and has to keep a second one out.</summary>
    /// <exception cref="IOException">Somebody owns it.</exception>
    private static bool AreWritersSeen(string path, FileMode mode)
    {
        // On Windows the server of a network drive keeps others out, whatever machine they are on.
        if (!OperatingSystem.IsWindows() && new DriveInfo(Path.GetDirectoryName(path)!).DriveType == DriveType.Network)
        {
            return false;
        }

        using FileStream writer = OpenAsWriter(path, mode);
        try
        {
            using FileStream second = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>
    /// Opens a file as its writer has it: nobody else may open it to write or alone, and it may be renamed and removed while it is open, so that
    /// it is locked until it has its own name. On Unix that is a shared lock, so whoever reads the file under its own name is not refused either.
    /// </summary>
    private static FileStream OpenAsWriter(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 0);
}
