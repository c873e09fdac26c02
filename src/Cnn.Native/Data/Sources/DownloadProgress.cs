namespace Cnn.Data;

/// <summary>How far a download is. It is reported from the thread that called for the data.</summary>
/// <param name="File">What is downloaded.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Bytes">How many bytes have come.</param>
/// <param name="TotalBytes">How many there are, where that is known.</param>
public sealed record DownloadProgress(string File, string Source, long Bytes, long? TotalBytes)
{
    /// <summary>How much has come, 0 to 1, where the size is known.</summary>
    public double? Fraction => TotalBytes > 0 ? Math.Min(1, (double)Bytes / TotalBytes.Value) : null;
}
