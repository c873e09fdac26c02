namespace Cnn.Data;

/// <summary>The progress of a download. It is reported on the thread that requested the data.</summary>
/// <param name="File">What is downloaded.</param>
/// <param name="Source">The source.</param>
/// <param name="Bytes">The number of bytes that have arrived.</param>
/// <param name="TotalBytes">The total number of bytes, if it is known.</param>
public sealed record DownloadProgress(string File, string Source, long Bytes, long? TotalBytes)
{
    /// <summary>The share that has arrived, 0 to 1, if the size is known.</summary>
    public double? Fraction => TotalBytes > 0 ? Math.Min(1, (double)Bytes / TotalBytes.Value) : null;
}
