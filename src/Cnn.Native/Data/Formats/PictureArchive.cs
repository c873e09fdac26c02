using System.Text;
using Cnn.Pictures;

namespace Cnn.Data;

/// <summary>
/// A zip or tar archive, the latter plain or compressed with gzip, of a folder of pictures with a subfolder for each class. Its pictures are read directly;
/// nothing is unpacked to a disk.
/// </summary>
public sealed class PictureArchive
{
    /// <summary>The largest number of files in an archive: their names are held in memory.</summary>
    private const int MostFiles = 1 << 21;

    private const int MostListLength = 1 << 20;

    private static readonly string[] Endings = [".zip", ".tar", ".tar.gz", ".tgz"];

    private readonly string _path;
    private readonly string _name;
    private readonly IReadOnlyList<(string File, int Label)> _files;

    /// <summary>The picture file at each index of the archive.</summary>
    private readonly Dictionary<int, int> _wanted = [];

    private PictureArchive(string path, string name, IReadOnlyList<string> classNames, PictureListing listing, Dictionary<string, int> places)
    {
        (_path, _name, ClassNames) = (path, name, classNames);
        (_files, SkippedFiles) = (listing.Files, listing.Skipped);
        for (int i = 0; i < _files.Count; i++)
        {
            _wanted.Add(places[NameOf(_files[i].File)], i);
        }
    }

    /// <summary>The names of the classes: label <c>i</c> stands for the name at <c>i</c>.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of pictures.</summary>
    public int Count => _files.Count;

    /// <summary>The picture files that are not read, with their names and positions.</summary>
    public IReadOnlyList<SkippedFile> SkippedFiles { get; }

    /// <summary>The number of skipped files for each reason, and what to do; part of a sentence.</summary>
    public string SkippedReasons => PictureListing.Reasons(SkippedFiles);

    /// <summary>Whether a path names an archive, by its extension: <c>.zip</c>, <c>.tar</c>, <c>.tar.gz</c> or <c>.tgz</c>, and is not a folder.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsArchive(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Array.Exists(Endings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) && !Directory.Exists(path);
    }

    /// <summary>Lists an archive, as <see cref="PictureFolder.Open"/> lists a folder.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="folder">
    /// The folder in the archive that contains those of the classes, for example <c>train</c>. By default, a folder is entered while it is the only one.
    /// </param>
    /// <param name="classNames">The names of the classes in the order of the labels; a class without a subfolder has no images.</param>
    /// <param name="recurse">Whether pictures in folders within a class folder belong to the class; otherwise they are skipped.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The list.</returns>
    /// <exception cref="CnnException">The archive cannot be read or is damaged, or its folders are not those of classes.</exception>
    public static PictureArchive Open(
        string path, string? folder = null, IReadOnlyList<string>? classNames = null, bool recurse = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        int files = 0;
        ArchiveFile.ReadAll(path, _ => true, (place, entryName, _) =>
        {
            cancellation.ThrowIfCancellationRequested();
            if (++files > MostFiles)
            {
                throw Error("ArchiveFileCount", path, $"it has more than {MostFiles:N0} files. Unpack it, and pass the folder.");
            }

            // If two files have the same name, the later one replaces the earlier one when an archive is unpacked.
            if (ArchiveTree.Normalize(entryName) is { } name)
            {
                places[name] = place;
            }
        });
        IReadOnlyList<string> ReadList(string file) => ReadClassNames(path, places[file[(path.Length + 1)..]]);
        ArchiveTree tree = ArchiveTree.Of(path, places.Keys, folder, ReadList);
        ClassFolders folders = ClassFolders.Of(tree, classNames);
        string name = Path.GetFileName(path);
        name = name[..^Endings.Where(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).DefaultIfEmpty("").Max(ending => ending.Length)];
        return new PictureArchive(path, name, folders.ClassNames, PictureListing.Of(tree, folders, recurse), places);
    }

    /// <summary>Reads the pictures.</summary>
    /// <param name="decode">Decodes the bytes of a file, given its path, into one channel or three.</param>
    /// <param name="request">How the pictures are converted to images; null to leave all settings open.</param>
    /// <param name="skipped">Called with the reason why a picture is skipped.</param>
    /// <param name="progress">Called with the number of pictures read.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The images in the order of their classes and file names, named after the archive, with the conversion that was chosen.</returns>
    /// <exception cref="CnnException">No picture of a class can be read, or pictures are of different sizes and no shape is given.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ImageSet Read(
        Func<byte[], string, int, Picture> decode,
        PictureRequest? request = null,
        Action<CnnException>? skipped = null,
        Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(decode);
        PictureSetBuilder builder = new(_path, _name, ClassNames, _files, SkippedFiles, request, skipped);
        int read = 0;
        ArchiveFile.ReadAll(_path, _wanted.ContainsKey, (place, name, content) =>
        {
            cancellation.ThrowIfCancellationRequested();
            if (!_wanted.TryGetValue(place, out int index))
            {
                return;
            }

            if (ArchiveTree.Normalize(name) != NameOf(_files[index].File))
            {
                throw Changed();
            }

            builder.Add(index, (file, channels) => decode(content(file), file, channels));
            read++;
            progress?.Invoke(read);
        });
        return read == Count ? builder.Finish() : throw Changed();
    }

    private static IReadOnlyList<string> ReadClassNames(string path, int wanted)
    {
        string text = "";
        ArchiveFile.ReadAll(path, place => place == wanted, (place, name, content) =>
        {
            if (place == wanted)
            {
                byte[] bytes = content(name);
                text = bytes.Length <= MostListLength
                    ? Encoding.UTF8.GetString(bytes)
                    : throw Error("ArchiveFileLength", path, $"its '{ClassNamesFile.Name}' has more than {MostListLength:N0} bytes: that is no list of classes.");
            }
        });
        return Array.AsReadOnly(text.TrimStart('\uFEFF').TrimEnd('\r', '\n').ReplaceLineEndings("\n").Split('\n'));
    }

    private string NameOf(string file) => file[(_path.Length + 1)..].Replace('\\', '/');

    private CnnException Changed() => Error("ArchiveChanged", _path, $"it changed while it was read. Read it again when it is whole.");

    private static CnnException Error(string errorId, string path, FormattableString what) =>
        new(errorId, CnnErrorKind.InvalidData, FormattableString.Invariant($"The archive '{path}' cannot be used: {FormattableString.Invariant(what)}")) { Target = path };
}
