using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Data;

/// <summary>Makes an image set from pictures that are decoded one after the other, in any order.</summary>
internal sealed class PictureSetBuilder
{
    private readonly string _path;
    private readonly string _name;
    private readonly IReadOnlyList<string> _classNames;
    private readonly IReadOnlyList<(string File, int Label)> _files;
    private readonly PictureRequest _request;
    private readonly Action<CnnException>? _skipped;
    private readonly SetConversion? _images;

    /// <summary>Without a shape, all pictures are kept until the last one has shown whether there are colours.</summary>
    private readonly List<Picture> _kept = [];

    /// <summary>The files that were read, in reading order.</summary>
    private readonly List<int> _read = [];

    private readonly List<SkippedFile> _left;

    /// <summary>Begins a set.</summary>
    /// <param name="path">The folder or archive of the pictures.</param>
    /// <param name="name">The name of the set.</param>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="files">The files in the order of the images.</param>
    /// <param name="skippedFiles">The files that are already skipped.</param>
    /// <param name="request">How the pictures are converted to images; null to leave all settings open.</param>
    /// <param name="skipped">Called with the reason why a picture is skipped.</param>
    public PictureSetBuilder(
        string path,
        string name,
        IReadOnlyList<string> classNames,
        IReadOnlyList<(string File, int Label)> files,
        IReadOnlyList<SkippedFile> skippedFiles,
        PictureRequest? request,
        Action<CnnException>? skipped)
    {
        (_path, _name, _classNames, _files, _request, _skipped) = (path, name, classNames, files, request ?? new PictureRequest(), skipped);
        _request.Check();
        _left = [.. skippedFiles];
        _images = _request.Shape is { } given ? new SetConversion(given, _request, files.Count, path) : null;
    }

    /// <summary>Decodes the next picture. A picture that cannot be decoded is skipped if there is a callback for it.</summary>
    /// <param name="index">The index of the file.</param>
    /// <param name="decode">Decodes it, given its path, into one channel or three.</param>
    public void Add(int index, Func<string, int, Picture> decode)
    {
        string file = _files[index].File;
        Picture picture;
        try
        {
            picture = decode(file, _request.Shape?.Channels ?? 3);
        }
        catch (CnnException e) when (_skipped != null)
        {
            _skipped(e);
            _left.Add(new SkippedFile(file, e.Message));
            return;
        }

        if (_images != null)
        {
            _images.Add(picture);
        }
        else
        {
            CheckSize(picture, file);
            _kept.Add(picture);
        }

        _read.Add(index);
    }

    /// <summary>Makes the set.</summary>
    /// <returns>The images in the order of the files, with the conversion that was chosen.</returns>
    /// <exception cref="CnnException"><c>ClassFolderEmpty</c>: no picture of a class could be read.</exception>
    public ImageSet Finish()
    {
        CheckClasses();
        SetConversion images = _images ?? Kept();
        (PixelMemory pixels, PictureConversion conversion) = images.Finish();
        int[] labels = GC.AllocateUninitializedArray<int>(_read.Count, pinned: true);
        int[] order = [.. Enumerable.Range(0, _read.Count).OrderBy(place => _read[place])];
        if (!order.AsSpan().SequenceEqual([.. Enumerable.Range(0, order.Length)]))
        {
            pixels = Sorted(pixels, order, conversion.Shape.Length);
        }

        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = _files[_read[order[i]]].Label;
        }

        return ImageSet.FromPinned(pixels, 0, labels, 0, labels.Length, conversion.Shape, _classNames, _name, conversion, _left.AsReadOnly());
    }

    private SetConversion Kept()
    {
        Shape found = new(_kept.TrueForAll(picture => picture.IsGrey) ? 1 : 3, _kept[0].Height, _kept[0].Width);
        SetConversion images = new(found, _request, _kept.Count, _path);
        _kept.ForEach(images.Add);
        return images;
    }

    private static PixelMemory Sorted(PixelMemory pixels, int[] order, int length)
    {
        PixelMemory sorted = PixelMemory.Allocate((long)order.Length * length);
        for (int i = 0; i < order.Length; i++)
        {
            pixels.Slice((long)order[i] * length, length).CopyTo(sorted.Slice((long)i * length, length));
        }

        return sorted;
    }

    /// <summary>If the pictures give the shape, all have the same size, and there are not too many to hold in memory.</summary>
    private void CheckSize(Picture picture, string file)
    {
        if (_kept.Count == 0)
        {
            ImageSet.CheckSize(_files.Count, new Shape(picture.Channels, picture.Height, picture.Width), _path);
        }
        else if ((picture.Width, picture.Height) != (_kept[0].Width, _kept[0].Height))
        {
            throw new CnnException(
                "PictureSizesDiffer",
                CnnErrorKind.InvalidData,
                $"'{file}' has {picture.Width}×{picture.Height} pixels (width×height), and the pictures before it have {_kept[0].Width}×{_kept[0].Height}. "
                + "Say to which shape they are brought (-ImageShape 1,28,28 for instance).")
            { Target = file };
        }
    }

    private void CheckClasses()
    {
        HashSet<int> read = [.. _read.Select(index => _files[index].Label)];
        foreach (int label in _files.Select(file => file.Label).Distinct())
        {
            if (!read.Contains(label))
            {
                throw new CnnException(
                    "ClassFolderEmpty",
                    CnnErrorKind.InvalidData,
                    $"None of the pictures of the class '{_classNames[label]}' in '{_path}' can be read: a class needs at least one.")
                { Target = _path };
            }
        }
    }
}
