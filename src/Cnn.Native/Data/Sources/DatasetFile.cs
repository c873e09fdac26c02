namespace Cnn.Data;

/// <summary>One published file of a data set, as it is without compression.</summary>
/// <param name="Name">Its usual name, without <c>.gz</c>.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal.</param>
public sealed record DatasetFile(string Name, long Length, string Sha256)
{
    /// <summary>Its usual name, without <c>.gz</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>Its length in bytes.</summary>
    public long Length { get; } = Length;

    /// <summary>Its SHA-256 in lower-case hexadecimal.</summary>
    public string Sha256 { get; } = Sha256;
}
