namespace Cnn.Pictures;

/// <summary>How a picture of other proportions gets the shape of the images.</summary>
public enum PictureFit
{
    /// <summary>The whole picture is brought to the shape, and loses its proportions.</summary>
    Stretch,

    /// <summary>The whole picture keeps its proportions and stands in the middle; what is left over is filled (<see cref="PictureFill"/>).</summary>
    Pad,

    /// <summary>The picture keeps its proportions and fills the shape from its middle; what does not go into it is cut off.</summary>
    Crop,
}
