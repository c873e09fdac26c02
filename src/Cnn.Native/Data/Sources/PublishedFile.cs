using System.IO.Compression;
using Cnn.Files;

namespace Cnn.Data;

/// <summary>A published file of a data set: a zip or tar archive, or one compressed file. Nothing in it is unpacked to a disk.</summary>
internal static class PublishedFile
{
    private const int ChunkLength = 256 * 1024;

    /// <summary>Checks that a file is the published one.</summary>
    /// <exception cref="CnnException">It cannot be read, or is a different file.</exception>
    public static void Check(string path, DatasetDescription dataset, DatasetFile published, CancellationToken cancellation) => Open(path, stream =>
    {
        using ContentCheck check = new(dataset, published);
        check.CheckLength(stream.Length, path);
        byte[] buffer = new byte[ChunkLength];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            check.Append(buffer.AsSpan(0, read));
        }

        check.Finish(path);
    });

    /// <summary>Reads the files of a subset from a published file that was checked.</summary>
    /// <exception cref="CnnException">It cannot be read, or lacks one of the files.</exception>
    public static void Read(string path, DatasetFile published, IReadOnlyList<DatasetFile> wanted, SubsetReader reader, CancellationToken cancellation)
    {
        HashSet<DatasetFile> found = [];
        try
        {
            Open(path, stream =>
            {
                foreach ((string name, Stream content, long? length) in Entries(stream, published))
                {
                    // A name is only compared: nothing is written to a path given by an archive.
                    string last = name[(name.LastIndexOf('/') + 1)..];
                    if (wanted.FirstOrDefault(file => last == file.Name || last == file.Name + ".gz") is { } file && found.Add(file))
                    {
                        reader.Accept(file, content, length, $"{path}/{name}", null, cancellation);
                    }
                }
            });
        }
        catch (InvalidDataException e)
        {
            throw new CnnException("DatasetArchive", CnnErrorKind.InvalidData, $"'{path}' is damaged: {e.Message} Get the file again.", e) { Target = path };
        }

        if (wanted.FirstOrDefault(file => !found.Contains(file)) is { } missing)
        {
            throw new CnnException("DatasetArchive", CnnErrorKind.InvalidData, $"'{path}' does not contain {missing.Name}. Get the file again.") { Target = path };
        }
    }

    private static IEnumerable<(string Name, Stream Content, long? Length)> Entries(Stream stream, DatasetFile published)
    {
        if (published.IsZip)
        {
            using ZipArchive archive = new(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using Stream content = entry.Open();
                yield return (entry.FullName, content, null);
            }
        }
        else if (published.IsTar)
        {
            using GZipStream plain = new(stream, CompressionMode.Decompress);
            foreach (TarFile entry in TarFile.In(plain))
            {
                yield return (entry.Name, entry, entry.FileLength);
            }
        }
        else
        {
            yield return (published.Name, stream, null);
        }
    }

    private static void Open(string path, Action<Stream> read)
    {
        try
        {
            using FileStream stream = PlainFile.OpenRead(path, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            read(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message} Give permission, or get the file again.", e)
            { Target = path };
        }
    }
}
