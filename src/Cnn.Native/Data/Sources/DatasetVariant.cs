namespace Cnn.Data;

/// <summary>Which images and classes of a data set that is published in more than one way.</summary>
public enum DatasetVariant
{
    /// <summary>EMNIST: 47 classes of digits and letters with as many images each; letters that look alike in upper and lower case are one class.</summary>
    Balanced,

    /// <summary>EMNIST: all images in 62 classes, digits, upper and lower case.</summary>
    ByClass,

    /// <summary>EMNIST: all images in the 47 classes of <see cref="Balanced"/>.</summary>
    ByMerge,

    /// <summary>EMNIST: ten digits, 28,000 images each.</summary>
    Digits,

    /// <summary>EMNIST: 26 letters, upper and lower case together.</summary>
    Letters,

    /// <summary>EMNIST: digits in the numbers of MNIST.</summary>
    Mnist,

    /// <summary>CIFAR-100: its hundred classes.</summary>
    Fine,

    /// <summary>CIFAR-100: the twenty groups of its classes.</summary>
    Coarse,
}
