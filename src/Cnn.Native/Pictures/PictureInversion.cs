namespace Cnn.Pictures;

/// <summary>Whether a picture is inverted before a model sees it.</summary>
public enum PictureInversion
{
    /// <summary>
    /// A grey picture whose border is light is inverted: ink becomes bright on a dark background, as in MNIST. Colour pictures are not. For a set, this is
    /// decided once, by most of its pictures.
    /// </summary>
    Auto,

    /// <summary>Every picture is inverted.</summary>
    Always,

    /// <summary>No picture is inverted.</summary>
    Never,
}
