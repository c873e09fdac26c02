using System.ComponentModel;

namespace Cnn.Data;

/// <summary>Files of a data set on their way from the sources to the caller: what is wanted, what has come, what went wrong.</summary>
internal abstract class DatasetRequest
{
    private readonly List<string> _failures = [];

    /// <summary>Asks for files.</summary>
    protected DatasetRequest(Action<DownloadProgress>? progress, CancellationToken cancellation)
    {
        Progress = progress;
        Cancellation = cancellation;
    }

    /// <summary>Whom to tell how far a download is.</summary>
    public Action<DownloadProgress>? Progress { get; }

    /// <summary>Stops everything.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The files that nobody has delivered yet.</summary>
    public abstract IReadOnlyList<DatasetFile> Missing { get; }

    /// <summary>What went wrong, one line a source and file.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>What a file is called where it is downloaded.</summary>
    public abstract string NameOnServer(DatasetFile file);

    /// <summary>Takes a file from outside: reads it, checks it, keeps it in the cache.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="stream">Its bytes as they are published.</param>
    /// <param name="length">Their number, where it is known.</param>
    /// <param name="address">What to call it in errors.</param>
    public abstract void AcceptDownload(DatasetFile file, Stream stream, long? length, string address);

    /// <summary>Runs one step of a source; if it fails, that is noted, and the load goes on.</summary>
    /// <returns>Whether it went well.</returns>
    public bool Attempt(string source, Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (Exception e) when (IsFailureOfSource(e))
        {
            // 'The SSL connection could not be established, see inner exception.' helps nobody alone.
            string? inner = e is HttpRequestException ? e.InnerException?.Message : null;
            Fail(source, inner is null || e.Message.Contains(inner, StringComparison.Ordinal) ? e.Message : $"{e.Message} {inner}");
            return false;
        }
    }

    /// <summary>Notes why a source does not help.</summary>
    public void Fail(string source, string reason) => _failures.Add($"{source}: {reason}");

    /// <summary>
    /// Whether another source may do better. A cache that cannot be written is nobody's fault outside, and the user who
    /// cancels means the whole load.
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
