namespace Cnn.Data;

/// <summary>The data sets that are known by name.</summary>
public enum Dataset
{
    /// <summary>Handwritten digits (LeCun, Cortes, Burges), 28×28, 60,000 for training and 10,000 for testing.</summary>
    Mnist,

    /// <summary>Pieces of clothing (Zalando Research), the same sizes as <see cref="Mnist"/>, and harder.</summary>
    FashionMnist,
}
