namespace Cnn.Files;

/// <summary>
/// A file or folder that is being written, under a temporary name. Its writer holds a system lock on it; what nobody has locked was left by a process that
/// was killed, and is removed when its folder is used again.
/// </summary>
/// <remarks>
/// A lock is better than a process id in the name: it ends with the process, however that ends, and ids are reused. It also works between containers that
/// share a folder, each of which counts its processes from 1. On some file systems locks cannot be seen (.NET takes none on NFS and SMB, some file systems
/// have none), and on network drives locks of other machines may be invisible. There, only age counts: a temporary must be a day old. Only names of exactly
/// this form, which no user and no other program uses, are ever considered.
/// </remarks>
internal static class Temporaries
{
    /// <summary>The file in a temporary folder on which its writer holds the lock.</summary>
    public const string LockName = "lock";

    /// <summary>The folder in a temporary folder that becomes the target.</summary>
    public const string ContentName = "content";

    private const string Prefix = ".cnn-";
    private const string Suffix = ".tmp";

    /// <summary>
    /// One attempt is enough unless another process that cleans up sees a new temporary before its writer has locked it. On a busy machine that may happen
    /// several times in a row, and an attempt takes a few microseconds.
    /// </summary>
    private const int MostAttempts = 32;

    /// <summary>Longer than any write takes.</summary>
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromDays(1);

    /// <summary>Creates a temporary with a new name.</summary>
    /// <typeparam name="T">The kind of temporary.</typeparam>
    /// <param name="folder">The folder in which it is created.</param>
    /// <param name="create">Creates it at a path.</param>
    /// <returns>The temporary.</returns>
    /// <exception cref="IOException">The system refuses it under any name.</exception>
    public static T Create<T>(string folder, Func<string, T> create)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return create(Path.Combine(folder, $"{Prefix}{Guid.NewGuid():N}{Suffix}"));
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                // Whatever the reason is, for example a full disk: the last attempt reports it.
            }
        }
    }

    /// <summary>Creates a file that is locked as long as the stream is open.</summary>
    /// <param name="path">The file, which does not exist yet.</param>
    /// <returns>The stream. It has no buffer, so that closing it writes nothing and cannot fail.</returns>
    /// <exception cref="IOException">The system refuses, or a process that cleans up was faster.</exception>
    public static FileStream Own(string path)
    {
        FileStream stream = OpenAsWriter(path, FileMode.CreateNew);
        if (File.Exists(path))
        {
            return stream;
        }

        // It was mistaken for debris and removed before it was locked.
        stream.Dispose();
        throw new IOException($"'{path}' disappeared while it was being created.");
    }

    /// <summary>Removes what killed processes left in a folder. Files that cannot be removed stay: they only take up room.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    public static void RemoveAbandoned(string folder)
    {
        try
        {
            foreach (string path in Directory.EnumerateFileSystemEntries(folder, $"{Prefix}*{Suffix}"))
            {
                if (IsName(Path.GetFileName(path)))
                {
                    Quietly(() => RemoveIfAbandoned(path));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder may be writable but not listable.
        }
    }

    /// <summary>Performs an action that may fail without harm: the removal of something that is not needed any more.</summary>
    /// <param name="remove">Removes it.</param>
    public static void Quietly(Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here, if there is one, is more useful than the failed removal.
        }
    }

    private static bool IsName(string name) =>
        name.Length == Prefix.Length + 32 + Suffix.Length
        && name.StartsWith(Prefix, StringComparison.Ordinal)
        && name.EndsWith(Suffix, StringComparison.Ordinal)
        && !name.AsSpan(Prefix.Length, 32).ContainsAnyExcept("0123456789abcdef");

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

        // A folder whose writer was killed between creating and locking it has no lock yet.
        FileMode mode = isFolder ? FileMode.OpenOrCreate : FileMode.Open;
        if (!isOld && !AreWritersSeen(owned, mode))
        {
            return;
        }

        // The name is removed while the lock is held, so nobody can take it over in between.
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
    /// Whether a folder contains only what a writer creates, and is not in a folder where everybody may write, such as /tmp: there another user could replace
    /// it with a link while its content is removed.
    /// </summary>
    private static bool MayBeRemoved(string folder) =>
        (OperatingSystem.IsWindows() || !File.GetUnixFileMode(Path.GetDirectoryName(folder)!).HasFlag(UnixFileMode.OtherWrite))
        && Directory.EnumerateFileSystemEntries(folder).All(entry => Path.GetFileName(entry) is LockName or ContentName);

    /// <summary>Whether a writer's lock would be visible: one lock is taken like a writer's, and must prevent a second one.</summary>
    /// <exception cref="IOException">Another process owns it.</exception>
    private static bool AreWritersSeen(string path, FileMode mode)
    {
        // On Windows the server of a network drive enforces locks, whatever machine they are on.
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
    /// Opens a file like its writer: nobody else may open it for writing or exclusively, and it may be renamed and removed while it is open, so it is locked
    /// until it has its final name. On Unix that is a shared lock, so readers of the file under its final name are not refused either.
    /// </summary>
    private static FileStream OpenAsWriter(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 0);
}
