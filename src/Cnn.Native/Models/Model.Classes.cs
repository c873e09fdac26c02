using Cnn.Data;

namespace Cnn.Models;

// The class names of a model, and the normalisation that comes with them from the images.
public sealed partial class Model
{
    /// <summary>
    /// Names the classes of a model that is not trained yet. A training on images whose classes have no names but their labels keeps these names; one on
    /// images whose classes are called otherwise is refused.
    /// </summary>
    /// <param name="classNames">The names by label, none empty and all different.</param>
    /// <exception cref="CnnException"><c>ClassCount</c>: they are not as many as the outputs. <c>ClassNames</c>: one is empty, or is there twice.</exception>
    public void NameClasses(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        IReadOnlyList<string> names = classNames.ToList().AsReadOnly();
        CheckClassCount(names);
        if (names.Any(string.IsNullOrWhiteSpace) || names.Distinct(StringComparer.Ordinal).Count() != names.Count)
        {
            throw new CnnException(
                "ClassNames", CnnErrorKind.InvalidArgument, $"A class name is empty, or two classes have the same one: {string.Join(", ", names)}. Give each class a name of its own.")
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
    /// <exception cref="CnnException">The number of channels or of names is not the model's.</exception>
    public void Describe(Normalization normalization, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentNullException.ThrowIfNull(classNames);

        // Copied before they are checked: the lists are the caller's, who may change them at any time.
        IReadOnlyList<string> names = classNames.ToList().AsReadOnly();
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
            _classNames = names;
            IsTrained = true;
        }
    }

    /// <summary>The class names that the model has when it was trained on images: those that it was given, else the images'.</summary>
    /// <param name="images">The images, which have as many classes.</param>
    /// <returns>The names.</returns>
    /// <exception cref="CnnException"><c>ClassNameMismatch</c>: the model was given names, and the images have others.</exception>
    internal IReadOnlyList<string> ClassNamesFor(ImageSet images)
    {
        int other = Enumerable.Range(0, ClassCount).FirstOrDefault(label => _classNames[label] != images.ClassNames[label], -1);
        if (other < 0 || AreLabels(_classNames))
        {
            return images.ClassNames;
        }

        return AreLabels(images.ClassNames)
            ? _classNames
            : throw new CnnException(
                "ClassNameMismatch",
                CnnErrorKind.InvalidArgument,
                $"Label {other} is '{images.ClassNames[other]}' in the image set '{images.Name}', and '{_classNames[other]}' in the model {Name}: "
                + "give the model the names of the images in their order, or none.")
            { Target = images };
    }

    private static bool AreLabels(IReadOnlyList<string> names) => names.Index().All(name => name.Item == $"{name.Index}");

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
