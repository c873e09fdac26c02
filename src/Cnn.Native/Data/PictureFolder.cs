using System.Globalization;
using Cnn.Files;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Data;

/// <summary>
/// A folder of pictures with one subfolder for each class. What decodes and encodes them is given by the caller: the engine knows no picture format.
/// </summary>
public sealed class PictureFolder
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"];

    private readonly string _path;
    private readonly IReadOnlyList<(string File, byte Label)> _files;

    private PictureFolder(string path, IReadOnlyList<string> classNames, IReadOnlyList<(string File, byte Label)> files)
    {
        _path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        ClassNames = classNames;
        _files = files;
    }

    /// <summary>The names of the classes: label <c>i</c> stands for the name at <c>i</c>.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of pictures.</summary>
    public int Count => _files.Count;

    /// <summary>Lists a folder. Subfolders whose names begin with a dot, and files that are not called like pictures, are left out.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="classNames">
    /// The names of the classes in the order of the labels; a class without a subfolder has no images. Without it, those of the list that
    /// <see cref="Write"/> leaves where the folders alone do not tell them, and the other subfolders in the order of their names, letter by letter.
    /// </param>
    /// <returns>The list.</returns>
    /// <exception cref="CnnException">
    /// There is no such folder, it has no subfolders or too many, one has no pictures, is named as another or is not among the classes.
    /// </exception>
    public static PictureFolder Open(string path, IReadOnlyList<string>? classNames = null)
    {
        if (!Directory.Exists(path))
        {
            throw new CnnException("FolderNotFound", CnnErrorKind.NotFound, $"There is no folder '{path}'. Check the path.") { Target = path };
        }

        try
        {
            ClassFolders folders = ClassFolders.Of(path, classNames);
            return new PictureFolder(path, folders.ClassNames, [.. folders.Folders.SelectMany(folder => FilesOf(path, folder.Folder, folder.Label))]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("FolderReadFailed", CnnErrorKind.ReadFailed, $"The folder '{path}' cannot be read: {e.Message}", e) { Target = path };
        }
    }

    /// <summary>
    /// Writes a set as one PNG file an image, in a subfolder for each class that has images; all of it or nothing. Where the folders alone do not tell
    /// the classes and their order, <c>class-names.txt</c> lists them.
    /// </summary>
    /// <param name="images">The images, of 1 or 3 channels.</param>
    /// <param name="path">The folder; the one above it exists.</param>
    /// <param name="encode">Makes a PNG file of a picture.</param>
    /// <param name="overwrite">Whether the folder may have files already: those of the same name are replaced.</param>
    /// <param name="progress">Is told the number of images written.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <exception cref="CnnException">The set is empty or has other channels, two classes would share a folder, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing is there.</exception>
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
        bool needsList = !ClassFolders.TellClasses(images) || File.Exists(Path.Combine(path, ClassNamesFile.Name));
        if (needsList)
        {
            ClassNamesFile.Check(images);
        }

        if (images.Count == 0)
        {
            throw new CnnException("EmptyImageSet", CnnErrorKind.InvalidArgument, $"{images.Name} has no images, so there is nothing to write.")
            { Target = images };
        }

        // As many digits for all, so that the files come back in the order of the images.
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
    /// <param name="shape">The shape of the images; that of the pictures where nothing is given, of one channel if none has colours.</param>
    /// <param name="inversion">Whether pictures are turned into their negatives.</param>
    /// <param name="center">Whether what is drawn is put where MNIST has it.</param>
    /// <param name="skipped">Is told why a picture is left out.</param>
    /// <param name="progress">Is told the number of pictures read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The images in the order of their classes and file names, under the name of the folder.</returns>
    /// <exception cref="CnnException">
    /// No picture of a class can be read, or pictures are of different sizes and no shape is given.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ImageSet Read(
        Func<string, int, Picture> decode,
        Shape? shape = null,
        PictureInversion inversion = PictureInversion.Auto,
        bool center = false,
        Action<CnnException>? skipped = null,
        Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        if (shape is { } given)
        {
            new PictureConversion(given, inversion, center).Check();
        }

        // Without a shape all pictures are kept until the last one has told whether there are colours.
        List<Picture> kept = [];
        List<byte> labels = [];
        byte[] pixels = shape is { } known ? Allocate(known) : [];
        for (int i = 0; i < Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            (string file, byte label) = _files[i];
            if (Decode(decode, file, shape?.Channels ?? 3, skipped) is { } picture)
            {
                if (shape is { } wanted)
                {
                    Convert(picture, wanted, pixels, labels.Count);
                }
                else
                {
                    CheckSize(picture, kept, file);
                    kept.Add(picture);
                }

                labels.Add(label);
            }

            progress?.Invoke(i + 1);
        }

        CheckClasses(labels);
        Shape result = shape ?? new Shape(kept.TrueForAll(picture => picture.IsGrey) ? 1 : 3, kept[0].Height, kept[0].Width);
        if (shape == null)
        {
            pixels = Allocate(result);
            for (int i = 0; i < kept.Count; i++)
            {
                Convert(kept[i], result, pixels, i);
            }
        }

        byte[] pinned = GC.AllocateUninitializedArray<byte>(labels.Count, pinned: true);
        labels.CopyTo(pinned);
        return ImageSet.FromPinned(pixels, 0, pinned, 0, labels.Count, result, ClassNames, Path.GetFileName(_path));

        void Convert(Picture picture, Shape to, byte[] target, int index) =>
            new PictureConversion(to, inversion, center).Apply(picture).CopyTo(target, index * to.Length);
    }

    private byte[] Allocate(Shape shape)
    {
        ImageSet.CheckSize(Count, shape, _path);
        return GC.AllocateUninitializedArray<byte>(Count * shape.Length, pinned: true);
    }

    private static Picture? Decode(Func<string, int, Picture> decode, string file, int channels, Action<CnnException>? skipped)
    {
        try
        {
            return decode(file, channels);
        }
        catch (CnnException e) when (skipped != null)
        {
            skipped(e);
            return null;
        }
    }

    /// <summary>Pictures that give the shape are all of one size; and so many are not asked for that they cannot be held.</summary>
    private void CheckSize(Picture picture, List<Picture> kept, string file)
    {
        if (kept.Count == 0)
        {
            ImageSet.CheckSize(Count, new Shape(picture.Channels, picture.Height, picture.Width), _path);
        }
        else if ((picture.Width, picture.Height) != (kept[0].Width, kept[0].Height))
        {
            throw new CnnException(
                "PictureSizesDiffer",
                CnnErrorKind.InvalidData,
                $"'{file}' has {picture.Width}×{picture.Height} pixels (width×height), and the pictures before it have {kept[0].Width}×{kept[0].Height}. "
                + "Say to which shape they are brought (-ImageShape 1,28,28 for instance).")
            { Target = file };
        }
    }

    private void CheckClasses(List<byte> labels)
    {
        foreach (byte label in _files.Select(file => file.Label).Distinct())
        {
            if (!labels.Contains(label))
            {
                throw new CnnException(
                    "ClassFolderEmpty",
                    CnnErrorKind.InvalidData,
                    $"None of the pictures of the class '{ClassNames[label]}' in '{_path}' can be read: a class needs at least one.")
                { Target = _path };
            }
        }
    }

    private static (string File, byte Label)[] FilesOf(string path, string folder, byte label)
    {
        string full = Path.Combine(path, folder);
        (string File, byte Label)[] files =
        [
            .. Directory.GetFiles(full).Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal).Select(file => (file, label)),
        ];
        return files.Length > 0
            ? files
            : throw new CnnException(
                "ClassFolderEmpty",
                CnnErrorKind.InvalidData,
                $"The folder '{full}' of a class has no pictures ({string.Join(", ", Endings)}). Put some in, or take it away.")
            { Target = full };
    }
}
