using System.Globalization;

namespace Cnn.Data;

/// <summary>How the labels of images were matched to the classes of a model.</summary>
public enum ClassMatching
{
    /// <summary>By the names of the classes, whatever their order.</summary>
    Name,

    /// <summary>By their numbers, since one side has no names but these.</summary>
    Number,
}

/// <summary>
/// Matches the classes of an image set to those of a model: by name where both have names, and by number where one side has none.
/// Everything that compares labels with what a model says goes through here.
/// </summary>
/// <param name="Images">The images, labelled in the order of the model's classes; the set itself where it has that order.</param>
/// <param name="Matching">How it was done.</param>
internal sealed record ClassMatch(ImageSet Images, ClassMatching Matching)
{
    /// <summary>So many names stand in an error; the rest are counted.</summary>
    private const int MostListed = 12;

    /// <summary>Matches images to classes, of which there are as many.</summary>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="owner">What an error calls the side that has these classes: <c>the model LeNet5</c>.</param>
    /// <param name="images">The images.</param>
    /// <returns>The images with the labels of that side.</returns>
    /// <exception cref="CnnException"><c>ClassNameMismatch</c>: both sides have names, and they are not the same.</exception>
    public static ClassMatch Of(IReadOnlyList<string> classNames, string owner, ImageSet images)
    {
        if (Order(images.ClassNames, classNames) is { } order)
        {
            return new ClassMatch(InOrder(images, classNames, order), ClassMatching.Name);
        }

        // Folders "1" to "10" have names that look like labels and are none: sides that share a name are compared by name.
        if ((AreLabels(classNames) || AreLabels(images.ClassNames)) && !classNames.Intersect(images.ClassNames, StringComparer.Ordinal).Any())
        {
            return new ClassMatch(images, ClassMatching.Number);
        }

        throw new CnnException(
            "ClassNameMismatch",
            CnnErrorKind.InvalidArgument,
            $"The classes of the image set '{images.Name}' are not those of {owner}: {Difference(classNames, images)}. "
            + "Give both sides the same names: rename the folders of the classes, or name the classes with -ClassName when the images are imported.")
        { Target = images };
    }

    /// <summary>The images in the order of classes of the same names; the set itself where the names are others.</summary>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="images">The images.</param>
    /// <returns>The images.</returns>
    public static ImageSet InOrderOf(IReadOnlyList<string> classNames, ImageSet images) =>
        Order(images.ClassNames, classNames) is { } order ? InOrder(images, classNames, order) : images;

    /// <summary>Where each name of one side stands on the other.</summary>
    /// <param name="from">The names of one side.</param>
    /// <param name="to">The names of the other.</param>
    /// <returns>The place in <paramref name="to"/> of each name in <paramref name="from"/>; null where the names are not the same.</returns>
    public static int[]? Order(IReadOnlyList<string> from, IReadOnlyList<string> to)
    {
        if (from.Count != to.Count)
        {
            return null;
        }

        Dictionary<string, int> places = new(StringComparer.Ordinal);
        foreach ((int place, string name) in to.Index())
        {
            places.TryAdd(name, place);
        }

        // A file may name two classes alike: then no name tells which is which.
        int[] order = [.. from.Select(name => places.GetValueOrDefault(name, -1))];
        return order.Contains(-1) || order.Distinct().Count() != order.Length ? null : order;
    }

    /// <summary>Whether nothing changes places.</summary>
    /// <param name="order">Places, as <see cref="Order"/> gives them.</param>
    /// <returns>Whether each is its own.</returns>
    public static bool IsSame(int[] order) => order.Index().All(place => place.Index == place.Item);

    /// <summary>Whether classes have no names but their labels, as those of an IDX file have.</summary>
    /// <param name="names">The names, by label.</param>
    /// <returns>Whether each is its own label.</returns>
    public static bool AreLabels(IReadOnlyList<string> names) => names.Index().All(name => name.Item == name.Index.ToString(CultureInfo.InvariantCulture));

    /// <summary>Says which names are missing on which side; for an error.</summary>
    /// <param name="classNames">The names of one side.</param>
    /// <param name="images">The images on the other.</param>
    /// <returns>A part of a sentence.</returns>
    public static string Difference(IReadOnlyList<string> classNames, ImageSet images)
    {
        string[] missing = [.. classNames.Except(images.ClassNames, StringComparer.Ordinal)];
        string[] unknown = [.. images.ClassNames.Except(classNames, StringComparer.Ordinal)];
        return string.Join(", and ", new[] { ("the images lack ", missing), ("the model lacks ", unknown) }
            .Where(side => side.Item2.Length > 0).Select(side => side.Item1 + List(side.Item2)));
    }

    private static string List(string[] names) =>
        string.Join(", ", names.Take(MostListed).Select(name => $"'{name}'")) + (names.Length > MostListed ? $" and {names.Length - MostListed} more" : "");

    private static ImageSet InOrder(ImageSet images, IReadOnlyList<string> classNames, int[] order) =>
        IsSame(order) ? images : images.Relabel(classNames, order);
}
