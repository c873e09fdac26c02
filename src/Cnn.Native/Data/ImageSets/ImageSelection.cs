using System.Globalization;
using Cnn.Numerics;

namespace Cnn.Data;

/// <summary>Selects images of a set: by class, or a number of each class.</summary>
public static class ImageSelection
{
    /// <summary>The first of the seed's streams that are used here, one for each class: no other part uses them.</summary>
    private const ulong FirstStream = (3UL << 32) + (1UL << 31);

    /// <summary>The labels of classes by name, or by number if no class has that name.</summary>
    /// <param name="images">The images.</param>
    /// <param name="classes">Names and numbers; upper and lower case count as the same unless another class is meant.</param>
    /// <returns>The labels, each once, in the order of <paramref name="classes"/>.</returns>
    /// <exception cref="CnnException"><c>ClassUnknown</c>: there is no such class.</exception>
    public static IReadOnlyList<int> LabelsOf(ImageSet images, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(classes);
        return Array.AsReadOnly([.. classes.Select(name => LabelOf(images, name) is var label && label >= 0
            ? label
            : throw new CnnException("ClassUnknown", CnnErrorKind.InvalidArgument, $"{images.Name} has no class '{name}'. It has {string.Join(", ", images.ClassNames)}.")
            { Target = name }).Distinct()]);
    }

    /// <summary>Draws the same number of images of each class.</summary>
    /// <param name="images">The images.</param>
    /// <param name="candidates">The indices of the images that may be drawn.</param>
    /// <param name="count">The number of images of each class; a class that has fewer contributes all.</param>
    /// <param name="seed">The seed that draws.</param>
    /// <returns>The indices of the drawn images, in the order of <paramref name="candidates"/>.</returns>
    public static IReadOnlyList<int> PerClass(ImageSet images, IReadOnlyList<int> candidates, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(candidates);
        bool[] isTaken = new bool[candidates.Count];
        foreach (IGrouping<int, int> ofClass in Enumerable.Range(0, candidates.Count).GroupBy(place => images.Label(candidates[place])))
        {
            int[] places = [.. ofClass];
            new RandomStream(seed, FirstStream + (ulong)ofClass.Key).Shuffle<int>(places);
            foreach (int place in places.Take(count))
            {
                isTaken[place] = true;
            }
        }

        return Array.AsReadOnly([.. candidates.Where((_, place) => isTaken[place])]);
    }

    /// <summary>A set with only some of the classes: these have the labels 0, 1 and so on.</summary>
    /// <param name="images">Images of these classes only.</param>
    /// <param name="labels">The labels of the classes, in their new order.</param>
    /// <returns>The set; the pixels are shared.</returns>
    /// <exception cref="CnnException"><c>ClassUnknown</c>: an image belongs to another class.</exception>
    public static ImageSet WithClasses(ImageSet images, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        int[] order = new int[images.ClassNames.Count];
        Array.Fill(order, -1);
        foreach ((int place, int label) in labels.Index())
        {
            if (label < 0 || label >= order.Length)
            {
                throw new CnnException(
                    "ClassUnknown", CnnErrorKind.InvalidArgument, $"{images.Name} has no class with the label {label}. Its labels are 0 to {order.Length - 1}.")
                { Target = label };
            }

            order[label] = place;
        }

        return images.ClassCounts.FirstOrDefault(ofClass => ofClass.Count > 0 && order[ofClass.Label] < 0) is { } outside
            ? throw new CnnException("ClassUnknown", CnnErrorKind.InvalidArgument, $"{images.Name} has images of the class '{outside.Class}', which is not among the classes to keep.")
            { Target = outside }
            : images.Relabel([.. labels.Select(label => images.ClassNames[label])], order);
    }

    /// <summary>The label of a class by its name, or by its number if no class has that name; -1 if there is none.</summary>
    internal static int LabelOf(ImageSet images, string name)
    {
        name = ClassFolderName.Normalize(name);
        foreach (StringComparison comparison in new[] { StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase })
        {
            int label = images.ClassCounts.FirstOrDefault(count => count.Class.Equals(name, comparison))?.Label ?? -1;
            if (label >= 0)
            {
                return label;
            }
        }

        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < images.ClassNames.Count ? number : -1;
    }
}
