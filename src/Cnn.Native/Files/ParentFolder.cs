using System.Runtime.InteropServices;

namespace Cnn.Files;

/// <summary>The folder in which a file or a folder is to be made.</summary>
internal static class ParentFolder
{
    /// <summary>Finds out early, before anything is written, what the system would find out late and tell worse.</summary>
    /// <param name="path">What is to be made, as the user has it.</param>
    /// <param name="target">The full path of it.</param>
    /// <param name="failure">What the error begins with: that it cannot be written or made.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c>: the folder is not there.</exception>
    public static void Check(string path, string target, string failure)
    {
        string? folder = Path.GetDirectoryName(target);
        if (folder != null && !Directory.Exists(folder))
        {
            throw new CnnException("FolderNotFound", CnnErrorKind.NotFound, $"{failure}: there is no folder '{folder}'. Make the folder, or correct the path.")
            { Target = path };
        }
    }

    /// <summary>
    /// Flushes the names in a folder to the disk, so that a file that was renamed has its new name after a power cut too.
    /// Windows has no such call and needs none: NTFS keeps a log of names.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <returns>
    /// Whether it was done. Not every file system can, and a user may be allowed to write to a folder and not to open it. That is no
    /// error: the file itself is whole, under its old name or its new one.
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
