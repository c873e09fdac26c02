using System.ComponentModel;

namespace Cnn.Data;

/// <summary>Files of a data set on their way from the sources to the caller: the requested files, those that have arrived, and the failures.</summary>
internal abstract class DatasetRequest
{
    private readonly List<string> _failures = [];

    /// <summary>Requests files.</summary>
    protected DatasetRequest(Action<DownloadProgress>? progress, CancellationToken cancellation)
    {
        Progress = progress;
        Cancellation = cancellation;
    }

    /// <summary>Called with the progress of a download.</summary>
    public Action<DownloadProgress>? Progress { get; }

    /// <summary>Cancels everything.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The files that no source has delivered yet.</summary>
    public abstract IReadOnlyList<DatasetFile> Missing { get; }

    /// <summary>The failures, one line for each source and file.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>The name of a file for download.</summary>
    public abstract string NameOnServer(DatasetFile file);

    /// <summary>Takes a file from outside: reads it, checks it, and keeps it in the cache.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="stream">Its bytes as published.</param>
    /// <param name="length">Their number, if it is known.</param>
    /// <param name="address">Its name in errors.</param>
    public abstract void AcceptDownload(DatasetFile file, Stream stream, long? length, string address);

    /// <summary>Runs one step of a source; a failure is recorded, and the load continues.</summary>
    /// <returns>Whether it succeeded.</returns>
    public bool Attempt(string source, Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (Exception e) when (IsFailureOfSource(e))
        {
            // 'The SSL connection could not be established, see inner exception.' does not help on its own.
            string? inner = e is HttpRequestException ? e.InnerException?.Message : null;
            Fail(source, inner is null || e.Message.Contains(inner, StringComparison.Ordinal) ? e.Message : $"{e.Message} {inner}");
            return false;
        }
    }

    /// <summary>Records why a source failed.</summary>
    public void Fail(string source, string reason) => _failures.Add($"{source}: {reason}");

    /// <summary>
    /// Whether another source may succeed. A cache that cannot be written is not the fault of the source, and a user who cancels means the whole load.
    /// </summary>
    private bool IsFailureOfSource(Exception e) => e switch
    {
        CnnException error => error.Kind != CnnErrorKind.WriteFailed,
        OperationCanceledException => !Cancellation.IsCancellationRequested,
        IOException or UnauthorizedAccessException or InvalidDataException or FormatException
            or HttpRequestException or TimeoutException or Win32Exception => true,
        _ => false,
    };
}
