namespace Cnn.Fuzz;

/// <summary>The inputs that are kept: small ones to begin with, and every one that ever failed.</summary>
internal static class Corpus
{
    /// <summary>Where they lie beside the program.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Corpus");

    /// <summary>The files of a target, always in the same order.</summary>
    /// <param name="target">Its name.</param>
    /// <returns>Paths.</returns>
    public static IReadOnlyList<string> FilesOf(string target) =>
        [.. Directory.GetFiles(Path.Combine(Folder, target), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>The inputs of a target.</summary>
    /// <param name="target">Its name.</param>
    /// <returns>Their bytes.</returns>
    public static IReadOnlyList<byte[]> InputsOf(string target) => [.. FilesOf(target).Select(File.ReadAllBytes)];
}
