namespace Cnn.PowerShell;

/// <summary>How an image set is written.</summary>
public enum ImageSetFormat
{
    /// <summary>A PNG file an image, in a subfolder for each class.</summary>
    Png,

    /// <summary>Two IDX files, images and labels, as MNIST is published; and a text file with the names of the classes.</summary>
    Idx,

    /// <summary>The same, the IDX files compressed with gzip.</summary>
    CompressedIdx,
}
