using System.Globalization;

namespace Cnn.Data;

/// <summary>How the labels of images were matched to the classes of a model.</summary>
public enum ClassMatching
{
    /// <summary>By the names of the classes, whatever their order.</summary>
    Name,

    /// <summary>By their numbers, because one side has no names.</summary>
    Number,
}

/// <summary>
/// Matches the classes of an image set to those of a model: by name if both have names, and by number if one side has none. All code that compares labels
/// with predictions uses it.
/// </summary>
/// <param name="Images">The images, labelled in the order of the model's classes; the set itself if it has that order.</param>
/// <param name="Matching">How they were matched.</param>
internal sealed record ClassMatch(ImageSet Images, ClassMatching Matching)
{
    /// <summary>The largest number of names in an error; the rest are counted.</summary>
    private const int MostListed = 12;

    /// <summary>Matches images to the same number of classes.</summary>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="owner">The name of the side that has these classes, for errors: <c>the model LeNet5</c>.</param>
    /// <param name="images">The images.</param>
    /// <returns>The images with the labels of that side.</returns>
    /// <exception cref="CnnException"><c>ClassNameMismatch</c>: both sides have names, and they are not the same.</exception>
    public static ClassMatch Of(IReadOnlyList<string> classNames, string owner, ImageSet images)
    {
        if (Order(images.ClassNames, classNames) is { } order)
        {
            return new ClassMatch(InOrder(images, classNames, order), ClassMatching.Name);
        }

        // Folders "1" to "10" have names that look like labels but are not: sides that share a name are compared by name.
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

    /// <summary>The images with their classes in the order of the given names; the set itself if the names differ.</summary>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="images">The images.</param>
    /// <returns>The images.</returns>
    public static ImageSet InOrderOf(IReadOnlyList<string> classNames, ImageSet images) =>
        Order(images.ClassNames, classNames) is { } order ? InOrder(images, classNames, order) : images;

    /// <summary>The position of each name of one side on the other side.</summary>
    /// <param name="from">The names of one side.</param>
    /// <param name="to">The names of the other.</param>
    /// <returns>The position in <paramref name="to"/> of each name in <paramref name="from"/>; null if the names are not the same.</returns>
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

        // A file may give two classes the same name: then the names cannot be matched.
        int[] order = [.. from.Select(name => places.GetValueOrDefault(name, -1))];
        return order.Contains(-1) || order.Distinct().Count() != order.Length ? null : order;
    }

    /// <summary>Whether nothing changes position.</summary>
    /// <param name="order">Positions, as returned by <see cref="Order"/>.</param>
    /// <returns>Whether each is its own.</returns>
    public static bool IsSame(int[] order) => order.Index().All(place => place.Index == place.Item);

    /// <summary>Whether classes have only labels and no names, as in an IDX file.</summary>
    /// <param name="names">The names, by label.</param>
    /// <returns>Whether each name is its own label.</returns>
    public static bool AreLabels(IReadOnlyList<string> names) => names.Index().All(name => name.Item == name.Index.ToString(CultureInfo.InvariantCulture));

    /// <summary>Lists the names that are missing on each side, for an error.</summary>
    /// <param name="classNames">The names of one side.</param>
    /// <param name="images">The images on the other.</param>
    /// <returns>Part of a sentence.</returns>
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
