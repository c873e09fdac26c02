namespace Cnn.PowerShell;

/// <summary>The format of an image set.</summary>
public enum ImageSetFormat
{
    /// <summary>One PNG file for each image, in a subfolder for each class.</summary>
    Png,

    /// <summary>Two IDX files, images and labels, as MNIST is published; and a text file with the names of the classes.</summary>
    Idx,

    /// <summary>The same, the IDX files compressed with gzip.</summary>
    CompressedIdx,
}
