namespace Cnn.Data;

/// <content>The data sets whose files are known as published.</content>
public static partial class DatasetCatalog
{
    private const string Digits = "0 1 2 3 4 5 6 7 8 9";
    private const string UpperCase = "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z";
    private const string LowerCase = "a b c d e f g h i j k l m n o p q r s t u v w x y z";

    /// <summary>The letters that look different in lower and upper case.</summary>
    private const string Merged = Digits + " " + UpperCase + " a b d e f g h n q r t";

    private const string Cifar10Names = "airplane automobile bird cat deer dog frog horse ship truck";

    private const string CoarseNames =
        "aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture insects large_carnivores "
        + "large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles "
        + "small_mammals trees vehicles_1 vehicles_2";

    private const string FineNames =
        "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar cattle chair chimpanzee "
        + "clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower "
        + "leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree "
        + "plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar "
        + "sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm";

    private static readonly Uri[] CifarMirrors = [new("https://www.cs.toronto.edu/~kriz/")];

    private static readonly PublishedDataset Kmnist = new(
        Name: "KMNIST",
        FolderName: "kmnist",
        ClassNames: Names("o ki su tsu na ha ma ya re wo"),
        Mirrors: [new Uri("https://codh.rois.ac.jp/kmnist/dataset/kmnist/")],
        Published:
        [
            new("train-images-idx3-ubyte.gz", 18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            new("train-labels-idx1-ubyte.gz", 29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            new("t10k-images-idx3-ubyte.gz", 3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            new("t10k-labels-idx1-ubyte.gz", 5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ],
        Train: [TrainImages(null), TrainLabels(null)],
        Test: [TestImages(null), TestLabels(null)]);

    private static readonly PublishedDataset Cifar10 = new(
        Name: "CIFAR-10",
        FolderName: "cifar-10",
        ClassNames: Names(Cifar10Names),
        Mirrors: CifarMirrors,
        Published: [new("cifar-10-binary.tar.gz", 170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")],
        Train:
        [
            Cifar10Batch("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
            Cifar10Batch("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
            Cifar10Batch("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
            Cifar10Batch("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
            Cifar10Batch("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        ],
        Test: [Cifar10Batch("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b")])
    { CreateReader = files => new CifarSubsetReader(files, labelLength: 1, labelAt: 0) };

    private static PublishedDataset Cifar100(bool isCoarse) => new(
        Name: "CIFAR-100",
        FolderName: "cifar-100",
        ClassNames: Names(isCoarse ? CoarseNames : FineNames),
        Mirrors: CifarMirrors,
        Published: [new("cifar-100-binary.tar.gz", 168_513_733, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")],
        Train: [new("train.bin", 50_000 * 3074, "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29")],
        Test: [new("test.bin", 10_000 * 3074, "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a")])
    { CreateReader = files => new CifarSubsetReader(files, labelLength: 2, labelAt: isCoarse ? 0 : 1) };

    private static PublishedDataset Emnist(DatasetVariant variant)
    {
        (int train, int test, string names) = variant switch
        {
            DatasetVariant.Balanced => (112_800, 18_800, Merged),
            DatasetVariant.ByClass => (697_932, 116_323, $"{Digits} {UpperCase} {LowerCase}"),
            DatasetVariant.ByMerge => (697_932, 116_323, Merged),
            DatasetVariant.Digits => (240_000, 40_000, Digits),
            DatasetVariant.Letters => (124_800, 20_800, UpperCase),
            _ => (60_000, 10_000, Digits),
        };
        string prefix = $"emnist-{variant.ToString().ToLowerInvariant()}";
        return new PublishedDataset(
            Name: $"EMNIST {variant}",
            FolderName: "emnist",
            ClassNames: Names(names),
            Mirrors: [new Uri("https://biometrics.nist.gov/cs_links/EMNIST/")],
            Published: [new("gzip.zip", 561_753_746, "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e")],
            Train: [new($"{prefix}-train-images-idx3-ubyte", 16 + (train * 28L * 28), null), new($"{prefix}-train-labels-idx1-ubyte", 8 + train, null)],
            Test: [new($"{prefix}-test-images-idx3-ubyte", 16 + (test * 28L * 28), null), new($"{prefix}-test-labels-idx1-ubyte", 8 + test, null)])
        {
            CreateReader = files => new IdxSubsetReader(files, isTransposed: true, firstLabel: variant == DatasetVariant.Letters ? 1 : 0),
        };
    }

    private static DatasetFile Cifar10Batch(string name, string sha256) => new(name, 10_000 * 3073, sha256);

    private static IReadOnlyList<string> Names(string list) => Array.AsReadOnly(list.Split(' '));
}
