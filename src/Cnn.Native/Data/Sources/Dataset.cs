namespace Cnn.Data;

/// <summary>The data sets that are known by name.</summary>
public enum Dataset
{
    /// <summary>Handwritten digits (LeCun, Cortes, Burges), 28×28, 60,000 for training and 10,000 for testing.</summary>
    Mnist,

    /// <summary>Pieces of clothing (Zalando Research), the same sizes as <see cref="Mnist"/>, and harder.</summary>
    FashionMnist,

    /// <summary>Cursive Japanese characters (Center for Open Data in the Humanities), the same sizes as <see cref="Mnist"/>.</summary>
    Kmnist,

    /// <summary>Handwritten letters and digits (Cohen, Afshar, Tapson, van Schaik), 28×28, in six variants.</summary>
    Emnist,

    /// <summary>Colour pictures of ten things and animals (Krizhevsky), 3×32×32, 50,000 for training and 10,000 for testing.</summary>
    Cifar10,

    /// <summary>Colour pictures of a hundred things, animals and plants (Krizhevsky), of the sizes of <see cref="Cifar10"/>.</summary>
    Cifar100,
}
