namespace Cnn.Data;

/// <summary>The subfolders of a folder, one for each class, and the order of the classes.</summary>
internal sealed class ClassFolders
{
    /// <summary>
    /// Folders that operating systems add: those of macOS in zip archives, previews and the recycle bin of Synology, and those at the root of a disk.
    /// </summary>
    private static readonly string[] OfSystems = ["__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"];

    private ClassFolders(IReadOnlyList<string> classNames, IReadOnlyList<(string Folder, int Label)> folders) => (ClassNames, Folders) = (classNames, folders);

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The subfolders, in the order of their class names, and the label of each.</summary>
    public IReadOnlyList<(string Folder, int Label)> Folders { get; }

    /// <summary>Lists the subfolders. Subfolders whose names begin with a dot and those that operating systems add are left out.</summary>
    /// <param name="tree">The parent folder.</param>
    /// <param name="classNames">The names of the classes in the order of the labels; by default those of the folder's list, and without a list those of the subfolders.</param>
    /// <returns>The folders.</returns>
    /// <exception cref="CnnException">There are no subfolders or too many, two have the same name, or one is not among the classes.</exception>
    /// <exception cref="IOException">The system refused to read.</exception>
    public static ClassFolders Of(PictureTree tree, IReadOnlyList<string>? classNames)
    {
        string path = tree.Path;
        string[] folders = [.. tree.FoldersIn(path).Select(Path.GetFileName).OfType<string>().Where(IsClassFolder)];
        if (folders.Length == 0)
        {
            throw new CnnException(
                "NoClassFolders",
                CnnErrorKind.InvalidData,
                $"The folder '{path}' has no subfolders. Put the pictures of each class into a subfolder with the name of the class.")
            { Target = path };
        }

        IReadOnlyList<string>? given = classNames?.Select(ClassFolderName.Normalize).ToList();

        // Another program's list may have the same name: it counts only if it names a folder.
        IReadOnlyList<string>? listed = given == null ? tree.ReadClassNames()?.Select(ClassFolderName.Normalize).ToList() : null;
        if (listed != null && !folders.Any(folder => listed.Contains(ClassFolderName.ClassOf(folder, listed))))
        {
            listed = null;
        }

        (string Folder, string Class)[] found =
        [
            .. folders.Select(folder => (folder, ClassFolderName.ClassOf(folder, given ?? listed ?? []))).OrderBy(entry => entry.Item2, StringComparer.Ordinal),
        ];
        CheckDuplicates(found.Select(entry => entry.Class), $"The folder '{path}'", path);
        IReadOnlyList<string> names = given ?? [.. listed ?? [], .. found.Select(entry => entry.Class).Except(listed ?? [])];
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        foreach ((int place, string name) in names.Index())
        {
            places.TryAdd(name, place);
        }

        if (found.FirstOrDefault(entry => !places.ContainsKey(entry.Class)).Class is { } other)
        {
            throw new CnnException(
                "ClassUnknown",
                CnnErrorKind.InvalidData,
                $"The folder '{path}' has a subfolder for '{other}', which is not among the classes {string.Join(", ", names)}: name it too, or remove it.")
            { Target = path };
        }

        return names.Count <= ImageSet.MostClasses
            ? new ClassFolders(names, [.. found.Select(entry => (entry.Folder, places[entry.Class]))])
            : throw new CnnException(
                "ClassCountLimit",
                CnnErrorKind.InvalidData,
                $"The folder '{path}' has {names.Count} classes, and the limit is {ImageSet.MostClasses}: is this the parent of the folder with the classes?")
            { Target = path };
    }

    /// <summary>Whether the name of a folder allows it to be a class.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether it is neither hidden nor added by an operating system.</returns>
    public static bool IsClassFolder(string name) => !name.StartsWith('.') && !OfSystems.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether the subfolders of a set that is written show its classes by themselves: they have their names, and the order of the names is that of the set.
    /// Otherwise a list of the names is needed beside them.
    /// </summary>
    /// <param name="images">The set.</param>
    /// <returns>Whether they do.</returns>
    public static bool ShowClasses(ImageSet images) =>
        images.ClassNames.All(name => ClassFolderName.Of(name) == name)
        && images.ClassNames.SequenceEqual(images.ClassNames.Order(StringComparer.Ordinal));

    /// <summary>Names that differ only in upper and lower case are one folder on some systems, and a mistake on others.</summary>
    /// <param name="names">The names.</param>
    /// <param name="where">What contains them.</param>
    /// <param name="target">The target of the error.</param>
    /// <exception cref="CnnException"><c>ClassNameDuplicate</c>: two are the same.</exception>
    public static void CheckDuplicates(IEnumerable<string> names, string where, object target)
    {
        if (names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new CnnException(
                "ClassNameDuplicate",
                CnnErrorKind.InvalidData,
                $"{where} has classes whose names differ only in upper and lower case, or in how an accent is encoded: '{string.Join("', '", same)}'. "
                + "Give them different names, or put their images into one class.")
            { Target = target };
        }
    }
}
