namespace Cnn.Data;

/// <summary>A data set of files that are known and kept as published: archives or compressed files.</summary>
/// <param name="Name">The display name, for example <c>CIFAR-10</c>.</param>
/// <param name="FolderName">The name of its folder in the cache.</param>
/// <param name="ClassNames">The names of its classes, in the order of the labels.</param>
/// <param name="Mirrors">Addresses of folders with the files, in the order in which they are tried.</param>
/// <param name="Published">The published files.</param>
/// <param name="Train">The files in them for training.</param>
/// <param name="Test">The files in them for testing.</param>
public sealed record PublishedDataset(
    string Name,
    string FolderName,
    IReadOnlyList<string> ClassNames,
    IReadOnlyList<Uri> Mirrors,
    IReadOnlyList<DatasetFile> Published,
    IReadOnlyList<DatasetFile> Train,
    IReadOnlyList<DatasetFile> Test)
    : DatasetDescription(Name, FolderName, ClassNames, Mirrors)
{
    /// <summary>The published files.</summary>
    public IReadOnlyList<DatasetFile> Published { get; } = Published;

    /// <summary>The files in them for training.</summary>
    public IReadOnlyList<DatasetFile> Train { get; } = Train;

    /// <summary>The files in them for testing.</summary>
    public IReadOnlyList<DatasetFile> Test { get; } = Test;

    /// <summary>Makes the reader that assembles a subset from its files.</summary>
    internal Func<IReadOnlyList<DatasetFile>, SubsetReader> CreateReader { get; init; } = files => new IdxSubsetReader(files);

    /// <summary>The files of a subset.</summary>
    /// <param name="subset">Which part.</param>
    /// <returns>The files.</returns>
    public IReadOnlyList<DatasetFile> Files(DataSubset subset) => Choose(subset, Train, Test);

    /// <summary>The published file that contains a file.</summary>
    internal DatasetFile Holder(DatasetFile file) => Published.FirstOrDefault(published => published.Name == file.Name + ".gz") ?? Published[0];
}
