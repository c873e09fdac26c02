using Cnn.Data;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Models;

/// <summary>
/// What can be measured and asked for predictions: a <see cref="Model"/>, or an <see cref="Ensemble"/> of several. Nothing else can be, as what
/// its members say of shapes and classes decides how much memory a pass uses.
/// </summary>
public interface IClassifier
{
    /// <summary>What people call it.</summary>
    string Name { get; }

    /// <summary>The shape of an image.</summary>
    Shape InputShape { get; }

    /// <summary>Number of classes.</summary>
    int ClassCount { get; }

    /// <summary>The names of the classes, by label.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>How pictures become its images: as its training images were made; null where nobody knows, or the members of an ensemble do not agree.</summary>
    PictureConversion? Conversion { get; }

    /// <summary>The models whose probabilities are averaged; a model has itself.</summary>
    internal IReadOnlyList<Model> Members { get; }

    /// <summary>Matches the classes of images, which are as many, to its own.</summary>
    /// <param name="images">The images.</param>
    /// <returns>The images with its labels.</returns>
    /// <exception cref="CnnException"><c>ClassNameMismatch</c>: they have names, and others.</exception>
    internal ClassMatch Match(ImageSet images);

    /// <summary>Checks that it can be measured on images.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException">They are of another shape, have other classes, by number or by name, or there are none.</exception>
    void CheckImages(ImageSet images);

    /// <summary>Checks that it can say something of images, whatever their own classes.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException">They are of another shape, or there are none.</exception>
    void CheckShape(ImageSet images);
}
