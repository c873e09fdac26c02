namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>Pipes and devices, as Unix has them.</summary>
internal static class SpecialFile
{
    /// <summary>Makes a pipe that nobody writes to: whoever opens it to read waits for ever.</summary>
    public static string Pipe(string path)
    {
        SystemCommand.Run("mkfifo", path);
        return path;
    }

    /// <summary>Makes a device like /dev/zero: it takes everything, and reading it does not end.</summary>
    public static string Device(string path)
    {
        SystemCommand.Run("mknod", path, "c", "1", "5");
        return path;
    }

    /// <summary>Why no device can be made here; null where one can.</summary>
    public static string? DeviceRefusal()
    {
        using var folder = new TemporaryFolder();
        return SystemCommand.Try("mknod", folder.File("device"), "c", "1", "5") is { } refusal ? $"No device can be made ({refusal})." : null;
    }
}
