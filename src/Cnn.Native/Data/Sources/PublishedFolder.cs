using Cnn.Files;

namespace Cnn.Data;

/// <summary>A folder in which somebody has put the files of a data set, as published or unpacked.</summary>
internal sealed class PublishedFolder
{
    private readonly string _path;
    private readonly PublishedDataset _dataset;

    /// <summary>Names a folder; it need not exist.</summary>
    public PublishedFolder(string path, PublishedDataset dataset) => (_path, _dataset) = (path, dataset);

    /// <summary>Reads the files of a subset, and checks them as far as their SHA-256 or that of the archive is known.</summary>
    /// <exception cref="CnnException">A file is missing, or is a different one.</exception>
    public void Read(IReadOnlyList<DatasetFile> wanted, SubsetReader reader, CancellationToken cancellation)
    {
        if (!Directory.Exists(_path))
        {
            string what = File.Exists(_path) ? "is a file, not a folder" : "does not exist";
            throw new CnnException(
                "DatasetFolderNotFound", CnnErrorKind.NotFound, $"The folder '{_path}' {what}. Pass the folder that contains {NamesOfAll()} of {_dataset.Name}.")
            { Target = _path };
        }

        foreach (IGrouping<DatasetFile, DatasetFile> group in wanted.GroupBy(_dataset.Holder))
        {
            string published = Path.Combine(_path, group.Key.Name);
            if (File.Exists(published))
            {
                PublishedFile.Check(published, _dataset, group.Key, cancellation);
                PublishedFile.Read(published, group.Key, [.. group], reader, cancellation);
                continue;
            }

            foreach (DatasetFile file in group)
            {
                ReadUnpacked(Find(file, group.Key), file, reader, cancellation);
            }
        }
    }

    private void ReadUnpacked(string path, DatasetFile file, SubsetReader reader, CancellationToken cancellation)
    {
        try
        {
            using FileStream stream = PlainFile.OpenRead(path, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            using ContentCheck check = new(_dataset, file);
            reader.Accept(file, stream, stream.Length, path, check, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message} Give permission, or get the file again.", e)
            { Target = path };
        }
    }

    private string Find(DatasetFile file, DatasetFile holder)
    {
        string[] names = [file.Name, file.Name + ".gz"];
        return names.Select(name => Path.Combine(_path, name)).FirstOrDefault(File.Exists)
            ?? throw new CnnException(
                "DatasetFileNotFound",
                CnnErrorKind.NotFound,
                $"The folder '{_path}' contains neither {holder.Name} of {_dataset.Name} nor the unpacked {file.Name}. "
                + (Directory.GetFiles(_path, "*-python.tar.gz").Length > 0 ? "The Python version cannot be read: get the binary version. " : "")
                + "Put the file there, or pass another folder.")
            { Target = _path };
    }

    private string NamesOfAll() => string.Join(", ", _dataset.Published.Select(file => file.Name));
}
