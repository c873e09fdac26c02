using Cnn.Files;

namespace Cnn.Data;

/// <summary>
/// The folder where the downloaded files of a data set are kept: IDX files uncompressed, archives as published. Any number of processes may use it at the
/// same time: files appear completely or not at all, and processes that write the same file write the same bytes.
/// </summary>
internal sealed class DatasetCache
{
    private const int CopyLength = 256 * 1024;
    private readonly DatasetDescription _dataset;

    /// <summary>Names the cache of a data set; the folder is created when the first file is stored.</summary>
    public DatasetCache(string root, DatasetDescription dataset)
    {
        _dataset = dataset;
        Folder = Path.Combine(root, dataset.FolderName);
    }

    /// <summary>The folder of this data set.</summary>
    public string Folder { get; }

    /// <summary>The parent folder of the caches of all data sets: CNN_DATA, or the usual folder in the user's profile.</summary>
    public static string Root(Func<string, string?> environment)
    {
        string? chosen = environment("CNN_DATA");
        if (!string.IsNullOrWhiteSpace(chosen))
        {
            return Path.GetFullPath(chosen);
        }

        // DoNotVerify: in a fresh profile the folder does not exist yet, but is still the right one.
        string local = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.IsPathFullyQualified(local)
            ? Path.Combine(local, "Cnn", "data")
            : Path.Combine(Path.GetTempPath(), "Cnn", "data");
    }

    /// <summary>Removes the files of processes that were killed while they stored a file; there may never be another store that would do it.</summary>
    public void RemoveAbandoned() => Temporaries.RemoveAbandoned(Folder);

    /// <summary>The path that a file has, or would have.</summary>
    public string PathOf(DatasetFile file) => Path.Combine(Folder, file.Name);

    /// <summary>Whether there is such a file. Only reading it shows whether it is the right one.</summary>
    public bool Exists(DatasetFile file) => File.Exists(PathOf(file));

    /// <summary>Reads a file and checks it.</summary>
    /// <exception cref="CnnException">It is missing or damaged.</exception>
    public IdxFile Read(DatasetFile file, IdxContent content, CancellationToken cancellation)
    {
        using ContentCheck check = new(_dataset, file);
        return IdxReader.ReadFile(PathOf(file), content, check, cancellation);
    }

    /// <summary>Stores a file that was checked; nobody ever sees a partial file.</summary>
    /// <exception cref="CnnException">The system refused.</exception>
    public void Store(DatasetFile file, IdxFile content)
    {
        string target = PathOf(file);
        try
        {
            Directory.CreateDirectory(Folder);
            AtomicFile.Write(target, overwrite: true, content.Content.CopyTo);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CnnException)
        {
            // Windows cannot replace a file that another process is reading. If that process reads the file that was to be stored, all is well.
            IdxContent kind = content.Dimensions.Count == 1 ? IdxContent.Labels : IdxContent.Images;
            if (!IsGood(() => Read(file, kind, CancellationToken.None)))
            {
                throw Refused(target, e is CnnException ? e.InnerException ?? e : e);
            }
        }
    }

    /// <summary>Checks a file that is kept as published.</summary>
    /// <exception cref="CnnException">It is damaged.</exception>
    public void Check(DatasetFile file, CancellationToken cancellation) => PublishedFile.Check(PathOf(file), _dataset, file, cancellation);

    /// <summary>Stores a file as published, and checks it before it gets its name.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="address">Where they come from.</param>
    /// <param name="cancellation">Stops the copy.</param>
    /// <exception cref="CnnException">It is another file, or the system refused to write.</exception>
    /// <exception cref="IOException">Its bytes cannot be read.</exception>
    public void Store(DatasetFile file, Stream content, string address, CancellationToken cancellation)
    {
        using ScratchFolder scratch = CreateScratch();
        string part = Path.Combine(scratch.Content, file.Name);
        string target = PathOf(file);
        using (FileStream stream = Writing(target, () => new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0)))
        {
            using ContentCheck check = new(_dataset, file);
            byte[] buffer = new byte[CopyLength];
            long length = 0;
            int read;
            while ((read = content.Read(buffer, 0, buffer.Length)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                length += read;
                if (length > check.Length)
                {
                    break;
                }

                check.Append(buffer.AsSpan(0, read));
                Writing(target, () => stream.Write(buffer, 0, read));
            }

            check.CheckLength(length, address);
            check.Finish(address);
            Writing(target, () => stream.Flush(flushToDisk: true));
        }

        try
        {
            File.Move(part, target, overwrite: true);
            ParentFolder.Flush(Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!IsGood(() => Check(file, CancellationToken.None)))
            {
                throw Refused(target, e);
            }
        }
    }

    /// <summary>Creates a folder for files that are being added to the cache: if a process is killed, its files are removed like everything else in the cache.</summary>
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

    private static void Writing(string target, Action write) => Writing(target, () =>
    {
        write();
        return true;
    });

    private static T Writing<T>(string target, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(target, e);
        }
    }

    private static bool IsGood(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (CnnException)
        {
            return false;
        }
    }
}
