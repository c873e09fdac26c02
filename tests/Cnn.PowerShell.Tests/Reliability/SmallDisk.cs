namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>A disk of few kilobytes, in memory, that goes with its test.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDisk(int kilobytes) => SystemCommand.Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Path);

    public string Path => _folder.Path;

    /// <summary>The names of all files and folders on it, in folders too.</summary>
    public string[] Entries =>
        [.. Directory.GetFileSystemEntries(Path, "*", SearchOption.AllDirectories).Select(entry => System.IO.Path.GetRelativePath(Path, entry)).Order(StringComparer.Ordinal)];

    /// <summary>Why there is no such disk here; null where there is.</summary>
    public static string? Refusal()
    {
        using var folder = new TemporaryFolder();
        return (SystemCommand.Try("mount", "-t", "tmpfs", "tmpfs", folder.Path) ?? SystemCommand.Try("umount", folder.Path)) is { } refusal
            ? $"No disk can be mounted ({refusal})."
            : null;
    }

    public string File(string name) => _folder.File(name);

    /// <summary>Takes room until so much is left.</summary>
    /// <returns>The file that takes it.</returns>
    public string FillUntil(int kilobytesLeft)
    {
        string filler = File("filler");
        System.IO.File.WriteAllBytes(filler, new byte[new DriveInfo(Path).AvailableFreeSpace - (kilobytesLeft * 1024)]);
        return filler;
    }

    public void MakeReadOnly() => SystemCommand.Run("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        SystemCommand.Run("umount", Path);
        _folder.Dispose();
    }
}
