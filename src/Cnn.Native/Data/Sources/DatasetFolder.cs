namespace Cnn.Data;

/// <summary>A folder in which somebody has put the published files of a data set.</summary>
internal sealed class DatasetFolder
{
    private readonly string _path;
    private readonly IdxDataset _dataset;

    /// <summary>Names a folder; it need not exist.</summary>
    public DatasetFolder(string path, IdxDataset dataset)
    {
        _path = path;
        _dataset = dataset;
    }

    /// <summary>Reads a file and checks that it is the published one.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The file, and the path where it was found.</returns>
    /// <exception cref="CnnException">The file is missing, or is a different one.</exception>
    public (IdxFile Content, string Path) Read(DatasetFile file, CancellationToken cancellation)
    {
        string path = Find(file);
        using ContentCheck check = new(_dataset, file);
        return (IdxReader.ReadFile(path, _dataset.ContentOf(file), check, cancellation), path);
    }

    private string Find(DatasetFile file)
    {
        if (!Directory.Exists(_path))
        {
            string what = File.Exists(_path) ? "is a file, not a folder" : "does not exist";
            throw new CnnException(
                "DatasetFolderNotFound",
                CnnErrorKind.NotFound,
                $"The folder '{_path}' {what}. Pass the folder that contains {NamesOfAll()} of {_dataset.Name}, plain or compressed (.gz).")
            { Target = _path };
        }

        // Some mirrors unpack train-images-idx3-ubyte as train-images.idx3-ubyte.
        string dotted = file.Name.Replace("-idx", ".idx", StringComparison.Ordinal);
        string[] names = [file.Name, file.Name + ".gz", dotted, dotted + ".gz"];
        return names.Select(name => Path.Combine(_path, name)).FirstOrDefault(File.Exists)
            ?? throw new CnnException(
                "DatasetFileNotFound",
                CnnErrorKind.NotFound,
                $"The folder '{_path}' does not contain {file.Name} of {_dataset.Name}; these names were tried: {string.Join(", ", names)}. "
                + "Put the file there, or pass another folder.")
            { Target = _path };
    }

    private string NamesOfAll() => string.Join(", ", _dataset.Files.Select(file => file.Name));
}
