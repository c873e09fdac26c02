namespace Cnn.Pictures;

/// <summary>How a picture of other proportions is fitted to the shape of the images.</summary>
public enum PictureFit
{
    /// <summary>The whole picture is scaled to the shape, and loses its proportions.</summary>
    Stretch,

    /// <summary>The whole picture keeps its proportions and is placed in the middle; the rest is filled (<see cref="PictureFill"/>).</summary>
    Pad,

    /// <summary>The picture keeps its proportions, and its middle fills the shape; the rest is cut off.</summary>
    Crop,
}
