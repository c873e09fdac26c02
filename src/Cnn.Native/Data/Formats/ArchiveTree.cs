namespace Cnn.Data;

/// <summary>The folder tree that the names of the files in an archive form. The names are compared and shown, and never used as paths on a disk.</summary>
internal sealed class ArchiveTree : PictureTree
{
    /// <summary>More nested folders than anybody uses for pictures.</summary>
    private const int MostDepth = 16;

    private const int MostNameLength = 1024;

    private readonly Dictionary<string, (HashSet<string> Folders, HashSet<string> Files)> _folders;
    private readonly IReadOnlyList<string>? _classNames;

    private ArchiveTree(string path, Dictionary<string, (HashSet<string> Folders, HashSet<string> Files)> folders, IReadOnlyList<string>? classNames)
        : base(path) => (_folders, _classNames) = (folders, classNames);

    /// <summary>Sorts the files of an archive into their folders.</summary>
    /// <param name="archive">The path of the archive.</param>
    /// <param name="names">The names of its files.</param>
    /// <param name="folder">The folder in the archive that contains those of the classes; by default it is found automatically.</param>
    /// <param name="readClassNames">Reads the list of class names, given the path of its file.</param>
    /// <returns>The tree.</returns>
    /// <exception cref="CnnException"><c>FolderNotFound</c>: there is no such folder in the archive.</exception>
    public static ArchiveTree Of(string archive, IEnumerable<string> names, string? folder, Func<string, IReadOnlyList<string>> readClassNames)
    {
        Dictionary<string, (HashSet<string> Folders, HashSet<string> Files)> folders = new(StringComparer.Ordinal) { [archive] = ([], []) };
        foreach (string name in names)
        {
            string parent = archive;
            string[] parts = name.Split('/');
            foreach (string part in parts[..^1])
            {
                string inner = $"{parent}/{part}";
                folders[parent].Folders.Add(inner);
                folders.TryAdd(inner, ([], []));
                parent = inner;
            }

            folders[parent].Files.Add($"{parent}/{parts[^1]}");
        }

        string root = folder == null ? Root(archive, folders) : $"{archive}/{Normalize(folder.TrimEnd('/', '\\'))}";
        if (!folders.TryGetValue(root, out (HashSet<string> Folders, HashSet<string> Files) found))
        {
            throw new CnnException(
                "FolderNotFound",
                CnnErrorKind.NotFound,
                $"'{archive}' has no folder '{folder}'. It has {string.Join(", ", folders[archive].Folders.Select(inner => System.IO.Path.GetFileName(inner)).Order(StringComparer.Ordinal).Take(20))}.")
            { Target = archive };
        }

        string list = $"{root}/{ClassNamesFile.Name}";
        return new ArchiveTree(root, folders, found.Files.Contains(list) ? readClassNames(list) : null);
    }

    /// <summary>Normalises the name of a file to a path with slashes between its parts.</summary>
    /// <param name="name">The name in the archive.</param>
    /// <returns>The path; null if it leads outside the archive, is empty, or is longer or deeper than any name of a picture.</returns>
    public static string? Normalize(string name)
    {
        if (name.Length > MostNameLength)
        {
            return null;
        }

        string[] parts = [.. name.Split('/', '\\').Where(part => part is not ("" or "."))];
        return parts.Length is 0 or > MostDepth || parts.Contains("..") ? null : string.Join('/', parts);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> FilesIn(string folder) => _folders[Slashed(folder)].Files;

    /// <inheritdoc/>
    public override IEnumerable<string> FoldersIn(string folder) => _folders[Slashed(folder)].Folders;

    /// <inheritdoc/>
    public override IEnumerable<string> InnerFoldersIn(string folder) => FoldersIn(folder);

    /// <inheritdoc/>
    public override IReadOnlyList<string>? ReadClassNames() => _classNames;

    /// <summary>An archive made of a folder contains that folder: a folder is entered while it is the only one and contains folders itself.</summary>
    private static string Root(string archive, Dictionary<string, (HashSet<string> Folders, HashSet<string> Files)> folders)
    {
        string root = archive;
        while (folders[root].Folders.Where(inner => ClassFolders.IsClassFolder(System.IO.Path.GetFileName(inner))).ToArray() is [string only] && folders[only].Folders.Count > 0)
        {
            root = only;
        }

        return root;
    }

    /// <summary>A path joined with the separator of this system.</summary>
    private string Slashed(string folder) => folder.Length <= Path.Length ? folder : Path + folder[Path.Length..].Replace('\\', '/');
}
