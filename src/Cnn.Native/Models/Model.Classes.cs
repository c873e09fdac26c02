using Cnn.Data;
using Cnn.Layers;
using Cnn.Pictures;

namespace Cnn.Models;

// The class names of a model, and the normalisation that comes with them from the images.
public sealed partial class Model
{
    /// <summary>
    /// Names the classes of a model that is not trained yet. A training on images whose classes have only labels and no names keeps these names; a training
    /// on images with other class names is refused.
    /// </summary>
    /// <param name="classNames">The names by label, none empty and all different.</param>
    /// <exception cref="CnnException"><c>ClassCount</c>: their number is not that of the outputs. <c>ClassNames</c>: one is empty, or occurs twice.</exception>
    public void NameClasses(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        IReadOnlyList<string> names = classNames.Select(ClassFolderName.Normalize).ToList().AsReadOnly();
        CheckClassCount(names);
        if (names.Any(string.IsNullOrWhiteSpace) || names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new CnnException(
                "ClassNames", CnnErrorKind.InvalidArgument, $"A class name is empty, or two classes have the same name: {string.Join(", ", names)}. Give each class a different name.")
            { Target = classNames };
        }

        lock (Gate)
        {
            _classNames = names;
        }
    }

    /// <summary>Gives the model the normalisation and the class names of the images it is trained on.</summary>
    /// <param name="normalization">The normalisation.</param>
    /// <param name="classNames">The names of the classes, as many as there are outputs.</param>
    /// <param name="conversion">How these images were converted from pictures; null if it is not known.</param>
    /// <exception cref="CnnException">The number of channels or of names does not match the model.</exception>
    public void Describe(Normalization normalization, IReadOnlyList<string> classNames, PictureConversion? conversion = null)
    {
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentNullException.ThrowIfNull(classNames);

        // Copied before they are checked: the caller owns the lists and may change them at any time.
        IReadOnlyList<string> names = classNames.Select(ClassFolderName.Normalize).ToList().AsReadOnly();
        Normalization own = normalization.Copy();
        CheckClassCount(names);

        if (own.Mean.Count != InputShape.Channels || own.StandardDeviation.Count != InputShape.Channels
            || !own.Mean.All(float.IsFinite) || !own.StandardDeviation.All(deviation => float.IsFinite(deviation) && deviation > 0))
        {
            throw new CnnException(
                "Normalization",
                CnnErrorKind.InvalidArgument,
                $"A normalisation needs one finite mean and one positive standard deviation for each of {InputShape.Channels} channels.")
            { Target = normalization };
        }

        lock (Gate)
        {
            Normalization = own;
            Conversion = conversion;
            _classNames = names;
            IsTrained = true;
        }
    }

    /// <summary>Computes the filters of a whitening layer from the images that the model is trained on, with the model's normalisation.</summary>
    /// <param name="images">The images, which fit the model.</param>
    internal void Whiten(ImageSet images)
    {
        if (Layers is [Whitening whitening, ..])
        {
            lock (Gate)
            {
                whitening.Fit(images, Normalization.Scale(), Normalization.Offset(), Values(Parameters[0]), Values(Parameters[1]));
            }
        }
    }

    /// <summary>Whether the class names are significant: those of a training, or names that were given to the model.</summary>
    private bool HasClassNames => IsTrained || !ClassMatch.AreLabels(_classNames);

    /// <summary>The class names of the model after a training on these images: its own, or those of the images if it has none.</summary>
    /// <param name="images">The images, which have the same number of classes.</param>
    /// <returns>The names.</returns>
    internal IReadOnlyList<string> ClassNamesFor(ImageSet images) => HasClassNames ? _classNames : images.ClassNames;

    /// <summary>Matches the classes of images, which are as many as those of the model, to these.</summary>
    /// <param name="images">The images.</param>
    /// <returns>The images with the labels of the model.</returns>
    /// <exception cref="CnnException"><c>ClassNameMismatch</c>: both have names, and they differ.</exception>
    internal ClassMatch Match(ImageSet images) =>
        HasClassNames ? ClassMatch.Of(_classNames, $"the model {Name}", images) : new ClassMatch(images, ClassMatching.Number);

    private void CheckClassCount(IReadOnlyList<string> names)
    {
        if (names.Count != ClassCount)
        {
            throw new CnnException(
                "ClassCount",
                CnnErrorKind.InvalidArgument,
                $"There are {names.Count} class names, and the model has {ClassCount} outputs: its last dense layer needs as many outputs as there are classes.")
            { Target = names };
        }
    }
}
