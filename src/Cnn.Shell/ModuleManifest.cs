namespace Cnn.Shell;

/// <summary>Where the module is.</summary>
internal static class ModuleManifest
{
    private const string FileName = "Cnn.psd1";

    /// <summary>Looks for the manifest beside this program and in the folders above it.</summary>
    /// <exception cref="FileNotFoundException">It is in none of them.</exception>
    public static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, FileName);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException($"{FileName} is neither in {AppContext.BaseDirectory} nor in a folder above it.");
    }
}
