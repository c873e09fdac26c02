namespace Cnn.PowerShell.Tests;

/// <summary>Where things are.</summary>
internal static class Repository
{
    /// <summary>The folder of the manifest.</summary>
    public static string Root { get; } = FindRoot();

    public static string Manifest { get; } = Path.Combine(Root, "Cnn.psd1");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "Cnn.psd1")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new FileNotFoundException("Cnn.psd1 is in no folder above the tests.");
    }
}
