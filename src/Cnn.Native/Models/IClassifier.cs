using Cnn.Data;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Models;

/// <summary>
/// A classifier that can be measured and can make predictions: a <see cref="Model"/>, or an <see cref="Ensemble"/> of several. Other code cannot implement
/// it, because the shapes and classes that its members report determine how much memory a pass uses.
/// </summary>
public interface IClassifier
{
    /// <summary>The display name.</summary>
    string Name { get; }

    /// <summary>The shape of an image.</summary>
    Shape InputShape { get; }

    /// <summary>Number of classes.</summary>
    int ClassCount { get; }

    /// <summary>The names of the classes, by label.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>How pictures are converted to its images, as for its training images; null if it is not known, or if the members of an ensemble differ.</summary>
    PictureConversion? Conversion { get; }

    /// <summary>The models whose probabilities are averaged; a model returns itself.</summary>
    internal IReadOnlyList<Model> Members { get; }

    /// <summary>Matches the classes of images, which are as many as its own, to its classes.</summary>
    /// <param name="images">The images.</param>
    /// <returns>The images with its labels.</returns>
    /// <exception cref="CnnException"><c>ClassNameMismatch</c>: the images have other class names.</exception>
    internal ClassMatch Match(ImageSet images);

    /// <summary>Checks that it can be measured on images.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException">They have another shape or other classes, by number or by name, or there are none.</exception>
    void CheckImages(ImageSet images);

    /// <summary>Checks that it can predict images, whatever their own classes.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="CnnException">They have another shape, or there are none.</exception>
    void CheckShape(ImageSet images);
}
