using Cnn.Files;

namespace Cnn.Data;

/// <summary>A folder that contains a set of grey images as two IDX files, and the names of its classes, one per line.</summary>
public static class IdxFolder
{
    private const string ImagesName = "images-idx3-ubyte";
    private const string LabelsName = "labels-idx1-ubyte";

    /// <summary>Labels of more than 256 classes are integers.</summary>
    private const string IntegerLabelsName = "labels-idx1-int";

    /// <summary>Another program may have written colour images.</summary>
    private const string ColoursName = "images-idx4-ubyte";
    private const string CompressedEnding = ".gz";

    /// <summary>Writes a set; the folder is written completely or not at all.</summary>
    /// <param name="images">The images, with one channel.</param>
    /// <param name="path">The folder; its parent exists.</param>
    /// <param name="compress">Whether the IDX files are compressed with gzip, and end in <c>.gz</c>.</param>
    /// <param name="overwrite">Whether the folder may already have files: those of the same name are replaced.</param>
    /// <exception cref="CnnException">The images have colours, a class name has lines, or the folder cannot be written.</exception>
    public static void Write(ImageSet images, string path, bool compress = false, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(path);
        IdxWriter.CheckChannels(images);
        ClassNamesFile.Check(images);
        string ending = compress ? CompressedEnding : "";
        AtomicFolder.Write(path, overwrite, folder =>
        {
            WriteFile(folder, ImagesName + ending, target => IdxWriter.WriteImages(images, target, compress));
            WriteFile(folder, (images.HasNarrowLabels ? LabelsName : IntegerLabelsName) + ending, target => IdxWriter.WriteLabels(images, target, compress));
            ClassNamesFile.Write(folder, images.ClassNames);
        });
    }

    /// <summary>Whether a folder was written by <see cref="Write"/>, by the names of its files.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>Whether it has a file of images.</returns>
    public static bool IsIdxFolder(string path) => FileIn(path, ImagesName, ColoursName) != null;

    /// <summary>Reads a set.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="classNames">The names of the classes, by label; by default those of the folder, or without them the labels themselves.</param>
    /// <returns>The set, named after the folder.</returns>
    /// <exception cref="CnnException">A file is missing or malformed, or the files do not belong together.</exception>
    public static ImageSet Read(string path, IReadOnlyList<string>? classNames = null) => IdxReader.Read(
            FileIn(path, ImagesName, ColoursName) ?? Path.Combine(path, ImagesName),
            FileIn(path, LabelsName, IntegerLabelsName) ?? Path.Combine(path, LabelsName),
            classNames ?? ClassNamesFile.ReadIfExists(path),
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))));

    private static void WriteFile(string folder, string name, Action<Stream> content)
    {
        using FileStream target = new(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        content(target);
    }

    private static string? FileIn(string path, params string[] names) =>
        names.SelectMany(name => new[] { name, name + CompressedEnding }).Select(file => Path.Combine(path, file)).FirstOrDefault(File.Exists);
}
