using System.Globalization;
using Cnn.Files;
using Cnn.Pictures;

namespace Cnn.Data;

/// <summary>
/// A folder of pictures with one subfolder for each class. The caller supplies the decoder and the encoder: the engine knows no picture formats.
/// </summary>
public sealed class PictureFolder
{
    private readonly string _path;
    private readonly IReadOnlyList<(string File, int Label)> _files;

    private PictureFolder(string path, IReadOnlyList<string> classNames, PictureListing listing)
    {
        _path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        ClassNames = classNames;
        _files = listing.Files;
        SkippedFiles = listing.Skipped;
    }

    /// <summary>The names of the classes: label <c>i</c> stands for the name at <c>i</c>.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of pictures.</summary>
    public int Count => _files.Count;

    /// <summary>The picture files that are not read, with their names and positions.</summary>
    public IReadOnlyList<SkippedFile> SkippedFiles { get; }

    /// <summary>The number of skipped files for each reason, and what to do; part of a sentence.</summary>
    public string SkippedReasons => PictureListing.Reasons(SkippedFiles);

    /// <summary>
    /// Lists a folder. Subfolders and files whose names begin with a dot, folders that systems add (<c>__MACOSX</c>, <c>@eaDir</c>, <c>System Volume Information</c>), and text files and the like are ignored; every
    /// other file that is not read is in <see cref="SkippedFiles"/>.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="classNames">
    /// The names of the classes in the order of the labels; a class without a subfolder has no images. By default, those of the list that <see cref="Write"/>
    /// adds if the folders alone do not show them, followed by the other subfolders in the order of their names, letter by letter.
    /// </param>
    /// <param name="recurse">Whether pictures in folders within a class folder belong to the class; otherwise they are skipped.</param>
    /// <returns>The list.</returns>
    /// <exception cref="CnnException">
    /// There is no such folder, it has no subfolders or too many, one has no pictures, two have the same name, or one is not among the classes.
    /// </exception>
    public static PictureFolder Open(string path, IReadOnlyList<string>? classNames = null, bool recurse = false)
    {
        if (!Directory.Exists(path))
        {
            throw new CnnException("FolderNotFound", CnnErrorKind.NotFound, $"There is no folder '{path}'. Check the path.") { Target = path };
        }

        try
        {
            DiskTree tree = new(path);
            ClassFolders folders = ClassFolders.Of(tree, classNames);
            return new PictureFolder(path, folders.ClassNames, PictureListing.Of(tree, folders, recurse));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("FolderReadFailed", CnnErrorKind.ReadFailed, $"The folder '{path}' cannot be read: {e.Message}", e) { Target = path };
        }
    }

    /// <summary>
    /// Writes a set as one PNG file for each image, in a subfolder for each class that has images; completely or not at all. If the folders alone do not show
    /// the classes and their order, <c>class-names.txt</c> lists them.
    /// </summary>
    /// <param name="images">The images, of 1 or 3 channels.</param>
    /// <param name="path">The folder; its parent exists.</param>
    /// <param name="encode">Encodes a picture as PNG.</param>
    /// <param name="overwrite">Whether the folder may already have files: those of the same name are replaced.</param>
    /// <param name="progress">Called with the number of images written.</param>
    /// <param name="cancellation">Cancels the writing.</param>
    /// <exception cref="CnnException">The set is empty or has other channels, two classes would share a folder, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing was written.</exception>
    public static void Write(
        ImageSet images,
        string path,
        Func<Picture, byte[]> encode,
        bool overwrite = false,
        Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(encode);
        Picture.CheckChannels(images.ImageShape.Channels, images);
        ClassFolders.CheckDuplicates(images.ClassNames, images.Name, images);
        bool needsList = !ClassFolders.ShowClasses(images) || File.Exists(Path.Combine(path, ClassNamesFile.Name));
        if (needsList)
        {
            ClassNamesFile.Check(images);
        }

        if (images.Count == 0)
        {
            throw new CnnException("EmptyImageSet", CnnErrorKind.InvalidArgument, $"{images.Name} has no images, so there is nothing to write.")
            { Target = images };
        }

        // All numbers have the same number of digits, so that the files are read back in the order of the images.
        string digits = $"D{Math.Max(5, (images.Count - 1).ToString(CultureInfo.InvariantCulture).Length)}";
        AtomicFolder.Write(path, overwrite, folder =>
        {
            if (needsList)
            {
                ClassNamesFile.Write(folder, images.ClassNames);
            }

            for (int index = 0; index < images.Count; index++)
            {
                cancellation.ThrowIfCancellationRequested();
                string subfolder = Path.Combine(folder, ClassFolderName.Of(images.ClassNames[images.Label(index)]));
                Directory.CreateDirectory(subfolder);
                string file = Path.Combine(subfolder, index.ToString(digits, CultureInfo.InvariantCulture) + ".png");
                File.WriteAllBytes(file, encode(images.ToPicture(index)));
                progress?.Invoke(index + 1);
            }
        });
    }

    /// <summary>Reads the pictures.</summary>
    /// <param name="decode">Reads one file into one channel or three.</param>
    /// <param name="request">How the pictures are converted to images; null to leave all settings open.</param>
    /// <param name="skipped">Called with the reason why a picture is skipped.</param>
    /// <param name="progress">Called with the number of pictures read.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The images in the order of their classes and file names, named after the folder, with the conversion that was chosen.</returns>
    /// <exception cref="CnnException">
    /// No picture of a class can be read, or pictures are of different sizes and no shape is given.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ImageSet Read(
        Func<string, int, Picture> decode,
        PictureRequest? request = null,
        Action<CnnException>? skipped = null,
        Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        PictureSetBuilder builder = new(_path, Path.GetFileName(_path), ClassNames, _files, SkippedFiles, request, skipped);
        for (int i = 0; i < Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            builder.Add(i, decode);
            progress?.Invoke(i + 1);
        }

        return builder.Finish();
    }
}
