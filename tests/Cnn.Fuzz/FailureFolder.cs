using System.Security.Cryptography;

namespace Cnn.Fuzz;

/// <summary>Where inputs that fail are kept, each with what happened.</summary>
internal static class FailureFolder
{
    private const int HashLength = 16;

    /// <summary>The folder, below the one in which the program was started.</summary>
    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine("artifacts", "fuzz"));

    /// <summary>Keeps an input.</summary>
    /// <param name="target">The name of its target.</param>
    /// <param name="input">The input.</param>
    /// <param name="what">What happened.</param>
    /// <returns>Its file, named by target and hash.</returns>
    public static string Keep(string target, byte[] input, string what)
    {
        Directory.CreateDirectory(Path);
        string file = System.IO.Path.Combine(Path, $"{target}-{Convert.ToHexStringLower(SHA256.HashData(input))[..HashLength]}.bin");
        File.WriteAllBytes(file, input);
        File.WriteAllText(file + ".txt", what);
        return file;
    }

    /// <summary>What makes two failures the same kind: the type of the exception, and where in this product it came out.</summary>
    /// <param name="failure">The failure.</param>
    /// <returns>The kind.</returns>
    public static string KindOf(Exception failure)
    {
        IEnumerable<string> frames = (failure.StackTrace ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return $"{failure.GetType().Name} {frames.FirstOrDefault(frame => frame.Contains(" Cnn.", StringComparison.Ordinal))}".TrimEnd();
    }
}
