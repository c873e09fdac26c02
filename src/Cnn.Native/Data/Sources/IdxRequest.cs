using Cnn.Files;

namespace Cnn.Data;

/// <summary>IDX files on their way to the caller; the cache keeps them uncompressed.</summary>
internal sealed class IdxRequest : DatasetRequest
{
    private readonly DatasetCache _cache;
    private readonly IReadOnlyList<DatasetFile> _wanted;
    private readonly Dictionary<DatasetFile, IdxFile> _received = [];

    /// <summary>Requests files.</summary>
    public IdxRequest(
        IdxDataset dataset,
        DatasetCache cache,
        IReadOnlyList<DatasetFile> wanted,
        Action<DownloadProgress>? progress,
        CancellationToken cancellation)
        : base(progress, cancellation)
    {
        Dataset = dataset;
        _cache = cache;
        _wanted = wanted;
    }

    /// <summary>The data set.</summary>
    public IdxDataset Dataset { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<DatasetFile> Missing => [.. _wanted.Where(file => !_received.ContainsKey(file))];

    /// <summary>The content of a file that is not missing.</summary>
    public IdxFile this[DatasetFile file] => _received[file];

    /// <inheritdoc/>
    public override string NameOnServer(DatasetFile file) => file.Name + ".gz";

    /// <summary>Takes the files that the cache has.</summary>
    public void AcceptCached()
    {
        _cache.RemoveAbandoned();
        foreach (DatasetFile file in Missing)
        {
            string source = $"cache {_cache.Folder}";
            if (_cache.Exists(file))
            {
                Attempt(source, () => _received[file] = _cache.Read(file, Dataset.ContentOf(file), Cancellation));
            }
            else
            {
                Fail(source, $"does not contain {file.Name}.");
            }
        }
    }

    /// <summary>Creates a folder for a source that has to write a file first.</summary>
    public ScratchFolder CreateScratch() => _cache.CreateScratch();

    /// <summary>Takes a file from a folder on this machine. If the cache cannot keep it, it is read from that folder again the next time.</summary>
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

    /// <inheritdoc/>
    public override void AcceptDownload(DatasetFile file, Stream stream, long? length, string address)
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
}
