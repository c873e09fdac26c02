namespace Cnn.Data;

/// <summary>What is known about a data set: its classes and its sources.</summary>
/// <param name="Name">The display name, for example <c>Fashion-MNIST</c>.</param>
/// <param name="FolderName">The name of its folder in the cache.</param>
/// <param name="ClassNames">The names of its classes, in the order of the labels.</param>
/// <param name="Mirrors">Addresses of folders with its files as published, in the order in which they are tried.</param>
public abstract record DatasetDescription(string Name, string FolderName, IReadOnlyList<string> ClassNames, IReadOnlyList<Uri> Mirrors)
{
    /// <summary>The display name, for example <c>Fashion-MNIST</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>The name of its folder in the cache.</summary>
    public string FolderName { get; } = FolderName;

    /// <summary>The names of its classes, in the order of the labels.</summary>
    public IReadOnlyList<string> ClassNames { get; } = ClassNames;

    /// <summary>Addresses of folders with its files as published, in the order in which they are tried.</summary>
    public IReadOnlyList<Uri> Mirrors { get; } = Mirrors;

    /// <summary>What belongs to a subset.</summary>
    private protected static T Choose<T>(DataSubset subset, T train, T test) => subset switch
    {
        DataSubset.Train => train,
        DataSubset.Test => test,
        _ => throw new CnnException(
            "DataSubsetUnknown",
            CnnErrorKind.InvalidArgument,
            $"There is no subset {subset}. Use {DataSubset.Train} or {DataSubset.Test}."),
    };
}
