namespace Cnn.Data;

/// <summary>The files and folders below a folder with a subfolder for each class, wherever they are stored.</summary>
/// <param name="path">The folder, as named in errors.</param>
internal abstract class PictureTree(string path)
{
    /// <summary>The parent folder of those of the classes.</summary>
    public string Path { get; } = path;

    /// <summary>The files of a folder.</summary>
    /// <param name="folder">The folder: <see cref="Path"/>, or one below it.</param>
    /// <returns>Their paths.</returns>
    public abstract IEnumerable<string> FilesIn(string folder);

    /// <summary>The folders in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Their paths.</returns>
    public abstract IEnumerable<string> FoldersIn(string folder);

    /// <summary>The folders in the folder of a class that may be entered.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Their paths.</returns>
    public abstract IEnumerable<string> InnerFoldersIn(string folder);

    /// <summary>Reads the names of the classes from the list beside the folders.</summary>
    /// <returns>The names, by label; null if there is no list.</returns>
    public abstract IReadOnlyList<string>? ReadClassNames();
}

/// <summary>Folders of this machine.</summary>
/// <param name="path">The parent folder of those of the classes.</param>
internal sealed class DiskTree(string path) : PictureTree(path)
{
    /// <inheritdoc/>
    public override IEnumerable<string> FilesIn(string folder) => Directory.GetFiles(folder);

    /// <inheritdoc/>
    public override IEnumerable<string> FoldersIn(string folder) => Directory.GetDirectories(folder);

    /// <summary>Links are not followed: they may form a cycle.</summary>
    public override IEnumerable<string> InnerFoldersIn(string folder) =>
        Directory.GetDirectories(folder).Where(inner => new DirectoryInfo(inner).LinkTarget == null);

    /// <inheritdoc/>
    public override IReadOnlyList<string>? ReadClassNames() => ClassNamesFile.ReadIfExists(Path);
}
