namespace Cnn.Data;

/// <summary>The files of class folders: those that are read, by their extensions, and the pictures that are skipped.</summary>
internal sealed class PictureListing
{
    private const string Convert = "convert it to PNG or JPEG";

    private static readonly string[] Readable = [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp"];

    /// <summary>Files that are often beside pictures and are not pictures; every other file that is not read is reported.</summary>
    private static readonly string[] NoPictures =
    [
        ".txt", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".md", ".html", ".htm", ".log", ".db", ".ini", ".lnk", ".url", ".py", ".ipynb", ".ps1", ".sh", ".bat",
        ".npy", ".npz", ".mat", ".h5", ".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".doc", ".docx", ".xls", ".xlsx", ".mov", ".mp4", ".avi", ".mkv", ".wav", ".mp3",
    ];

    private readonly PictureTree _tree;
    private readonly List<(string File, int Label)> _files = [];
    private readonly List<SkippedFile> _skipped = [];

    private PictureListing(PictureTree tree) => _tree = tree;

    /// <summary>The files to read, class by class and in the order of their paths, letter by letter.</summary>
    public IReadOnlyList<(string File, int Label)> Files => _files.AsReadOnly();

    /// <summary>The skipped pictures.</summary>
    public IReadOnlyList<SkippedFile> Skipped => _skipped.AsReadOnly();

    /// <summary>Lists the files of class folders.</summary>
    /// <param name="tree">The parent folder.</param>
    /// <param name="folders">The class folders.</param>
    /// <param name="recurse">Whether the pictures in folders within them belong to the class.</param>
    /// <returns>The list.</returns>
    /// <exception cref="CnnException"><c>ClassFolderEmpty</c>: one has no picture that is read.</exception>
    /// <exception cref="IOException">The system refused to read.</exception>
    public static PictureListing Of(PictureTree tree, ClassFolders folders, bool recurse)
    {
        PictureListing listing = new(tree);
        foreach (string file in Sorted(tree.FilesIn(tree.Path)).Where(file => IsReadable(file)))
        {
            listing._skipped.Add(new SkippedFile(file, "in no class folder: put it into the folder of its class"));
        }

        foreach ((string folder, int label) in folders.Folders)
        {
            (int files, int skipped) = (listing._files.Count, listing._skipped.Count);
            listing.Add(Path.Combine(tree.Path, folder), label, recurse, isNested: false);
            if (listing._files.Count == files)
            {
                throw Empty(Path.Combine(tree.Path, folder), listing._skipped[skipped..]);
            }
        }

        return listing;
    }

    /// <summary>Lists the number of files for each reason.</summary>
    /// <param name="files">The files.</param>
    /// <returns>Part of a sentence.</returns>
    public static string Reasons(IEnumerable<SkippedFile> files) =>
        string.Join(", ", files.GroupBy(file => file.Reason).OrderByDescending(group => group.Count()).Select(group => $"{group.Count()} ({group.Key})"));

    private void Add(string folder, int label, bool recurse, bool isNested)
    {
        // The files that macOS adds on disks of other systems begin with "._" and are not pictures, whatever their extensions.
        foreach (string file in Sorted(_tree.FilesIn(folder)).Where(file => !Path.GetFileName(file).StartsWith('.')))
        {
            if (IsReadable(file))
            {
                if (isNested && !recurse)
                {
                    _skipped.Add(new SkippedFile(file, "in a folder within its class folder: -Recurse reads it"));
                }
                else
                {
                    _files.Add((file, label));
                }
            }
            else if (!NoPictures.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            {
                _skipped.Add(new SkippedFile(file, ReasonOf(Path.GetExtension(file).ToLowerInvariant())));
            }
        }

        foreach (string inner in Sorted(_tree.InnerFoldersIn(folder)).Where(inner => ClassFolders.IsClassFolder(Path.GetFileName(inner))))
        {
            Add(inner, label, recurse, isNested: true);
        }
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> paths) => paths.Order(StringComparer.Ordinal);

    private static bool IsReadable(string file) =>
        !Path.GetFileName(file).StartsWith('.') && Readable.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    private static string ReasonOf(string ending) => ending switch
    {
        "" => "without an ending: give the name the ending of its format, .png or .jpg for instance",
        ".heic" or ".heif" or ".hif" => $"{ending} is not read: {Convert}, with 'magick mogrify -format jpg *{ending}' for instance, or let the phone take JPEG (\"most compatible\")",
        ".avif" or ".jxl" or ".jp2" => $"{ending} is not read: {Convert}, with 'magick mogrify -format png *{ending}' for instance",
        _ => $"{ending} is not read: {Convert} where it is a picture",
    };

    private static CnnException Empty(string folder, IReadOnlyList<SkippedFile> skipped) => new(
        "ClassFolderEmpty",
        CnnErrorKind.InvalidData,
        $"The folder '{folder}' of a class has no pictures ({string.Join(", ", Readable)}). "
        + (skipped.Count == 0 ? "Put some in, or take it away." : $"It has {Reasons(skipped)}."))
    { Target = folder };
}
