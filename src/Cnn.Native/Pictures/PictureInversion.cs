namespace Cnn.Pictures;

/// <summary>Whether a picture is turned into its negative before a model sees it.</summary>
public enum PictureInversion
{
    /// <summary>
    /// A grey picture whose border is light is: ink becomes bright on a dark ground, as in MNIST. Pictures of colours are not. For a set that is read this is
    /// decided once, by most of its pictures.
    /// </summary>
    Auto,

    /// <summary>Every picture is.</summary>
    Always,

    /// <summary>No picture is.</summary>
    Never,
}
