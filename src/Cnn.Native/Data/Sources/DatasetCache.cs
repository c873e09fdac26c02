using Cnn.Files;

namespace Cnn.Data;

/// <summary>
/// The folder where the files of a data set are kept, plain, once they were fetched. Any number of processes may use it at
/// once: files appear whole or not at all, and who writes the same file twice writes the same bytes.
/// </summary>
internal sealed class DatasetCache
{
    private readonly DatasetDescription _dataset;

    /// <summary>Names the cache of a data set; the folder is made when the first file is stored.</summary>
    public DatasetCache(string root, DatasetDescription dataset)
    {
        _dataset = dataset;
        Folder = Path.Combine(root, dataset.FolderName);
    }

    /// <summary>The folder of this data set.</summary>
    public string Folder { get; }

    /// <summary>Where the caches of all data sets lie: CNN_DATA, or the place for such things in the user's profile.</summary>
    public static string Root(Func<string, string?> environment)
    {
        string? chosen = environment("CNN_DATA");
        if (!string.IsNullOrWhiteSpace(chosen))
        {
            return Path.GetFullPath(chosen);
        }

        // DoNotVerify: in a fresh profile the folder is not there yet, and is still the right one.
        string local = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.IsPathFullyQualified(local)
            ? Path.Combine(local, "Cnn", "data")
            : Path.Combine(Path.GetTempPath(), "Cnn", "data");
    }

    /// <summary>Removes what processes left that were killed while they stored a file: nobody may ever store one again.</summary>
    public void RemoveAbandoned() => Temporaries.RemoveAbandoned(Folder);

    /// <summary>Whether there is such a file. Whether it is the right one is found out by reading it.</summary>
    public bool Exists(DatasetFile file) => File.Exists(PathOf(file));

    /// <summary>Reads a file and checks it.</summary>
    /// <exception cref="CnnException">It is not there, or is damaged.</exception>
    public IdxFile Read(DatasetFile file, CancellationToken cancellation)
    {
        using ContentCheck check = new(_dataset, file);
        return IdxReader.ReadFile(PathOf(file), _dataset.ContentOf(file), check, cancellation);
    }

    /// <summary>Stores a file that was checked; nobody ever sees half of it.</summary>
    /// <exception cref="CnnException">The system refused.</exception>
    public void Store(DatasetFile file, IdxFile content)
    {
        string target = PathOf(file);
        try
        {
            Directory.CreateDirectory(Folder);
            AtomicFile.Write(target, overwrite: true, stream => stream.Write(content.Content));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CnnException)
        {
            // Windows does not replace a file that another process is just reading. If that process reads what was to be
            // stored, all is well.
            if (!HoldsGood(file))
            {
                throw Refused(target, e is CnnException ? e.InnerException ?? e : e);
            }
        }
    }

    /// <summary>Makes a folder for what is on its way into the cache: what a killed process leaves there goes as everything in the cache does.</summary>
    /// <exception cref="CnnException">The system refused.</exception>
    public ScratchFolder CreateScratch()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            return ScratchFolder.Create(Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(Folder, e);
        }
    }

    private static CnnException Refused(string target, Exception cause) => new(
        "DatasetCacheWrite",
        CnnErrorKind.WriteFailed,
        $"'{target}' cannot be written: {cause.Message} Make room or give permission, or set the environment variable CNN_DATA to a folder that can be written.",
        cause)
    { Target = target };

    private string PathOf(DatasetFile file) => Path.Combine(Folder, file.Name);

    private bool HoldsGood(DatasetFile file)
    {
        try
        {
            Read(file, CancellationToken.None);
            return true;
        }
        catch (CnnException)
        {
            return false;
        }
    }
}
