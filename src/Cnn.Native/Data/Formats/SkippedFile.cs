namespace Cnn.Data;

/// <summary>A picture file of a folder that is not in the image set.</summary>
/// <param name="Path">The file.</param>
/// <param name="Reason">Why it was skipped, and what to do.</param>
public sealed record SkippedFile(string Path, string Reason)
{
    /// <summary>The file.</summary>
    public string Path { get; } = Path;

    /// <summary>Why it was skipped, and what to do.</summary>
    public string Reason { get; } = Reason;

    /// <summary>The file and the reason.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Path}: {Reason}";
}
