using Cnn.Files;
using Cnn.Memory;

namespace Cnn.Data;

/// <summary>
/// Reads files in the IDX format, in which MNIST and similar data sets are published, plain or compressed with gzip (recognised by the content of the file,
/// not by its name).
/// </summary>
public static class IdxReader
{
    /// <summary>Reads a file of images.</summary>
    /// <param name="path">The file: values of any type, [count][rows][columns], or with colours [count][rows][columns][3] or [count][3][rows][columns].</param>
    /// <returns>The images.</returns>
    /// <exception cref="CnnException">The file cannot be read, or is not a valid file of this kind.</exception>
    public static IdxFile ReadImages(string path) => ReadFile(path, IdxContent.Images);

    /// <summary>Reads a file of labels.</summary>
    /// <param name="path">The file: values of any type, [count], or [count][columns] as QMNIST has them.</param>
    /// <returns>The labels.</returns>
    /// <exception cref="CnnException">The file cannot be read, or is not a valid file of this kind.</exception>
    public static IdxFile ReadLabels(string path) => ReadFile(path, IdxContent.Labels);

    /// <summary>Reads images and their labels.</summary>
    /// <param name="imagesPath">The file of the images.</param>
    /// <param name="labelsPath">The file of their labels.</param>
    /// <param name="classNames">The names of the classes in the order of the labels; by default, classes are named by their labels.</param>
    /// <param name="name">The display name of the set.</param>
    /// <returns>The set.</returns>
    /// <exception cref="CnnException">A file cannot be read or is malformed, or the two files do not belong together.</exception>
    public static ImageSet Read(string imagesPath, string labelsPath, IReadOnlyList<string>? classNames, string name)
    {
        IdxFile images = ReadImages(imagesPath);
        IdxFile labels = ReadLabels(labelsPath);
        return Combine(images, imagesPath, labels, labelsPath, classNames, name);
    }

    /// <summary>Makes a set from two files that were already read; the set takes over the memory of images that are bytes.</summary>
    internal static ImageSet Combine(
        IdxFile images, string imagesPath, IdxFile labels, string labelsPath, IReadOnlyList<string>? classNames, string name)
    {
        int count = images.Dimensions[0];
        if (labels.Dimensions[0] != count)
        {
            throw new CnnException(
                "IdxCountMismatch",
                CnnErrorKind.InvalidData,
                $"'{imagesPath}' holds {count} images, but '{labelsPath}' holds {labels.Dimensions[0]} labels. "
                + "Pass two files of the same set: both for training, or both for testing.")
            { Target = labelsPath };
        }

        int[] numbers = IdxValues.Labels(labels, labelsPath);
        int classes = classNames?.Count ?? ImageSet.MostClasses;
        int outside = ImageSet.FirstLabelOutside(numbers, classes);
        if (outside >= 0)
        {
            throw new CnnException(
                "IdxLabelOutOfRange",
                CnnErrorKind.InvalidData,
                $"Label {outside} in '{labelsPath}' is {numbers[outside]}, but there are {(classNames == null ? "at most " : "")}{classes} classes, "
                + $"so labels go from 0 to {classes - 1}. Pass the names of all classes, or correct the file.")
            { Target = labelsPath };
        }

        (Shape shape, bool isPlanar) = ShapeOf(images, imagesPath);
        (PixelMemory pixels, long start) = IdxValues.Pixels(images, imagesPath);
        if (isPlanar)
        {
            byte[] planes = new byte[shape.Length];
            for (int image = 0; image < count; image++)
            {
                Span<byte> pixel = pixels.Slice(start + ((long)image * shape.Length), shape.Length);
                pixel.CopyTo(planes);
                ImageSet.Reorder(planes, pixel, shape, toPlanes: false);
            }
        }

        return ImageSet.FromPinned(pixels, start, numbers, 0, count, shape, classNames ?? ImageSet.NamesByLabel(numbers), name);
    }

    /// <summary>The shape of the images: of four dimensions, the last or the second one is for the colours.</summary>
    private static (Shape Shape, bool IsPlanar) ShapeOf(IdxFile images, string path)
    {
        IReadOnlyList<int> sizes = images.Dimensions;
        return sizes switch
        {
            [_, int rows, int columns] => (new Shape(1, rows, columns), false),
            [_, int rows, int columns, 1 or 3] => (new Shape(sizes[3], rows, columns), false),
            [_, 1 or 3, int rows, int columns] => (new Shape(sizes[1], rows, columns), true),
            _ => throw new CnnException(
                "IdxSize",
                CnnErrorKind.InvalidData,
                $"'{path}' has the sizes [{string.Join("][", sizes)}]: if there are four, the last or the second must be the number of colours, 1 or 3. Write the file in this way.")
            { Target = path },
        };
    }

    /// <summary>Opens and reads a file; every system error becomes one that a user can act on.</summary>
    internal static IdxFile ReadFile(string path, IdxContent content, ContentCheck? check = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            // The stream has no buffer: the reads are large, and go directly to their destination.
            using FileStream stream = PlainFile.OpenRead(path, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return IdxDecoder.Read(stream, stream.Length, path, content, check, cancellation);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CnnException(
                "FileNotFound", CnnErrorKind.NotFound, $"There is no file '{Path.GetFullPath(path)}'. Check the path.", e)
            { Target = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            string folder = Directory.Exists(path) ? " It is a folder: pass the file in it." : "";
            throw new CnnException("IdxReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message}{folder}", e)
            { Target = path };
        }
    }
}
