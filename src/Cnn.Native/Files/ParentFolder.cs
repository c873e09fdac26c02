using System.Runtime.InteropServices;

namespace Cnn.Files;

/// <summary>The parent folder of a file or folder to be created.</summary>
internal static class ParentFolder
{
    /// <summary>Finds a missing folder early, before anything is written, with a better error than the system's.</summary>
    /// <param name="path">The path to create, as the user wrote it.</param>
    /// <param name="target">The full path of it.</param>
    /// <param name="failure">The beginning of the error: that it cannot be written or created.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c>: the folder does not exist.</exception>
    public static void Check(string path, string target, string failure)
    {
        string? folder = Path.GetDirectoryName(target);
        if (folder != null && !Directory.Exists(folder))
        {
            throw new CnnException("FolderNotFound", CnnErrorKind.NotFound, $"{failure}: there is no folder '{folder}'. Create the folder, or correct the path.")
            { Target = path };
        }
    }

    /// <summary>
    /// Flushes the names in a folder to the disk, so that a renamed file keeps its new name after a power cut. Windows has no such call and needs none: NTFS
    /// keeps a log of names.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <returns>
    /// Whether it was done. Not every file system supports it, and a user may be allowed to write to a folder but not to open it. That is not an error: the
    /// file itself is complete, under its old name or its new one.
    /// </returns>
    public static bool Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        const int readOnly = 0;
        int descriptor = Open(folder, readOnly);
        if (descriptor < 0)
        {
            return false;
        }

        bool isDone = Synchronize(descriptor) == 0;
        _ = Close(descriptor);
        return isDone;
    }

    [DllImport("libc", EntryPoint = "open")]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    private static extern int Synchronize(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
