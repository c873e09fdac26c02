namespace Cnn.Data;

/// <summary>Files on their way into the cache, which keeps them as published.</summary>
internal sealed class PublishedRequest : DatasetRequest
{
    private readonly DatasetCache _cache;
    private readonly IReadOnlyList<DatasetFile> _wanted;
    private readonly HashSet<DatasetFile> _received = [];

    /// <summary>Requests files.</summary>
    public PublishedRequest(
        DatasetCache cache, IReadOnlyList<DatasetFile> wanted, Action<DownloadProgress>? progress, CancellationToken cancellation)
        : base(progress, cancellation) => (_cache, _wanted) = (cache, wanted);

    /// <inheritdoc/>
    public override IReadOnlyList<DatasetFile> Missing => [.. _wanted.Where(file => !_received.Contains(file))];

    /// <inheritdoc/>
    public override string NameOnServer(DatasetFile file) => file.Name;

    /// <summary>Takes the files that the cache has.</summary>
    public void AcceptCached()
    {
        _cache.RemoveAbandoned();
        foreach (DatasetFile file in Missing)
        {
            string source = $"cache {_cache.Folder}";
            if (!_cache.Exists(file))
            {
                Fail(source, $"does not contain {file.Name}.");
            }
            else if (Attempt(source, () => _cache.Check(file, Cancellation)))
            {
                _received.Add(file);
            }
        }
    }

    /// <inheritdoc/>
    public override void AcceptDownload(DatasetFile file, Stream stream, long? length, string address)
    {
        if (Missing.Contains(file))
        {
            _cache.Store(file, stream, address, Cancellation);
            _received.Add(file);
        }
    }
}
