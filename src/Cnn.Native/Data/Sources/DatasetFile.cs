namespace Cnn.Data;

/// <summary>
/// One file of a data set: uncompressed, or, if its name ends like that of an archive or a compressed file, as published.
/// </summary>
/// <param name="Name">Its usual name, without <c>.gz</c> if the uncompressed file is meant.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal; null if only that of the archive that contains it is known.</param>
public sealed record DatasetFile(string Name, long Length, string? Sha256)
{
    /// <summary>Its usual name, without <c>.gz</c> if the uncompressed file is meant.</summary>
    public string Name { get; } = Name;

    /// <summary>Its length in bytes.</summary>
    public long Length { get; } = Length;

    /// <summary>Its SHA-256 in lower-case hexadecimal; null if only that of the archive that contains it is known.</summary>
    public string? Sha256 { get; } = Sha256;

    /// <summary>Whether length and SHA-256 are those of the published, compressed file.</summary>
    internal bool IsCompressed => IsZip || Name.EndsWith(".gz", StringComparison.Ordinal);

    /// <summary>Whether it is a zip archive.</summary>
    internal bool IsZip => Name.EndsWith(".zip", StringComparison.Ordinal);

    /// <summary>Whether it is a tar archive compressed with gzip.</summary>
    internal bool IsTar => Name.EndsWith(".tar.gz", StringComparison.Ordinal);
}
