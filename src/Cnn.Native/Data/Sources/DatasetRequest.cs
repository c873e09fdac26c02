using System.ComponentModel;
using Cnn.Files;

namespace Cnn.Data;

/// <summary>Files of a data set on their way from the sources to the caller: what is wanted, what has come, what went wrong.</summary>
internal sealed class DatasetRequest
{
    private readonly DatasetCache _cache;
    private readonly IReadOnlyList<DatasetFile> _wanted;
    private readonly Dictionary<DatasetFile, IdxFile> _received = [];
    private readonly List<string> _failures = [];

    /// <summary>Asks for files.</summary>
    public DatasetRequest(
        DatasetDescription dataset,
        DatasetCache cache,
        IReadOnlyList<DatasetFile> wanted,
        Action<DownloadProgress>? progress,
        CancellationToken cancellation)
    {
        Dataset = dataset;
        _cache = cache;
        _wanted = wanted;
        Progress = progress;
        Cancellation = cancellation;
    }

    /// <summary>The data set.</summary>
    public DatasetDescription Dataset { get; }

    /// <summary>Whom to tell how far a download is.</summary>
    public Action<DownloadProgress>? Progress { get; }

    /// <summary>Stops everything.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The files that nobody has delivered yet.</summary>
    public IReadOnlyList<DatasetFile> Missing => [.. _wanted.Where(file => !_received.ContainsKey(file))];

    /// <summary>What went wrong, one line a source and file.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>What has come for a file that is not missing.</summary>
    public IdxFile this[DatasetFile file] => _received[file];

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

    /// <summary>Takes from the cache what it holds.</summary>
    public void AcceptCached()
    {
        _cache.RemoveAbandoned();
        foreach (DatasetFile file in Missing)
        {
            string source = $"cache {_cache.Folder}";
            if (_cache.Exists(file))
            {
                Attempt(source, () => _received[file] = _cache.Read(file, Cancellation));
            }
            else
            {
                Fail(source, $"does not hold {file.Name}.");
            }
        }
    }

    /// <summary>Makes a folder for what a source has to keep as a file first.</summary>
    public ScratchFolder CreateScratch() => _cache.CreateScratch();

    /// <summary>Takes a file from a folder of this machine. If the cache cannot keep it, it is read from there the next time too.</summary>
    public void AcceptLocal(DatasetFile file, IdxFile content)
    {
        _received[file] = content;
        try
        {
            _cache.Store(file, content);
        }
        catch (CnnException e) when (e.Kind == CnnErrorKind.WriteFailed)
        {
        }
    }

    /// <summary>Takes a file from outside: reads it, checks it, keeps it in the cache.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="stream">Its bytes, plain or compressed with gzip.</param>
    /// <param name="length">Their number, where it is known.</param>
    /// <param name="address">What to call it in errors.</param>
    public void AcceptDownload(DatasetFile file, Stream stream, long? length, string address)
    {
        bool wanted = Missing.Contains(file);
        if (!wanted && _cache.Exists(file))
        {
            return;
        }

        using ContentCheck check = new(Dataset, file);
        IdxFile content = IdxDecoder.Read(stream, length, address, Dataset.ContentOf(file), check, Cancellation);
        _cache.Store(file, content);
        if (wanted)
        {
            _received[file] = content;
        }
    }

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
