using Cnn.Numerics;

namespace Cnn.Data;

/// <summary>
/// Parts a set of images in folds for a cross-validation, each class in the same proportion (Kohavi, "A study of cross-validation and bootstrap for
/// accuracy estimation and model selection", 1995). Which image is in which fold depends on the seed alone.
/// </summary>
/// <remarks>
/// All folds share one copy of the images, in which they lie one after the other and once more: what is left of the set without one fold is then a
/// run of images too. Folds of any number take at most twice the memory of the set.
/// </remarks>
public static class StratifiedFolds
{
    /// <summary>Most folds.</summary>
    public const int MostFolds = 1000;

    /// <summary>The streams of a seed from here on, one a class: no other part draws from them.</summary>
    private const ulong FirstStream = 3UL << 32;

    /// <summary>Makes the folds.</summary>
    /// <param name="images">The images.</param>
    /// <param name="count">How many folds, 2 to 1000; each class that has images needs one in each fold.</param>
    /// <param name="seed">The seed that draws.</param>
    /// <returns>The folds, whose sizes and whose numbers of images of a class differ by 1 at the most.</returns>
    /// <exception cref="CnnException">
    /// <c>FoldCount</c>: there can be no such number of folds. <c>FoldClassTooSmall</c>: a class has fewer images than there are folds. <c>EmptyImageSet</c>.
    /// </exception>
    public static IReadOnlyList<ImageSetFold> Of(ImageSet images, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        Check(images, count);
        List<int>[] folds = [.. Enumerable.Range(0, count).Select(_ => new List<int>())];
        ILookup<int, int> byLabel = Enumerable.Range(0, images.Count).ToLookup(images.Label);
        int next = 0;
        foreach (ClassCount ofClass in images.ClassCounts)
        {
            int[] members = [.. byLabel[ofClass.Label]];
            new RandomStream(seed, FirstStream + (ulong)ofClass.Label).Shuffle<int>(members);

            // Each class begins where the one before ended, so that the folds stay of one size.
            foreach (int image in members)
            {
                folds[next++ % count].Add(image);
            }
        }

        Array.ForEach(folds, fold => fold.Sort());
        ImageSet all = images.Select([.. folds.SelectMany(fold => fold), .. folds.SkipLast(1).SelectMany(fold => fold)], images.Name);
        List<ImageSetFold> result = [];
        for (int fold = 0, first = 0; fold < count; first += folds[fold++].Count)
        {
            int size = folds[fold].Count;
            result.Add(new ImageSetFold(
                fold + 1,
                count,
                all.Slice(first + size, images.Count - size, $"{images.Name} (without fold {fold + 1} of {count})"),
                all.Slice(first, size, $"{images.Name} (fold {fold + 1} of {count})")));
        }

        return result.AsReadOnly();
    }

    private static void Check(ImageSet images, int count)
    {
        if (count is < 2 or > MostFolds)
        {
            throw new CnnException("FoldCount", CnnErrorKind.InvalidArgument, $"There cannot be {count} folds. There are 2 to {MostFolds}; 5 and 10 are usual.")
            { Target = count };
        }

        if (images.Count == 0)
        {
            throw new CnnException("EmptyImageSet", CnnErrorKind.InvalidArgument, $"{images.Name} has no images, so there is nothing to split.")
            { Target = images };
        }

        if (images.ClassCounts.FirstOrDefault(ofClass => ofClass.Count > 0 && ofClass.Count < count) is { } small)
        {
            throw new CnnException(
                "FoldClassTooSmall",
                CnnErrorKind.InvalidData,
                $"The class '{small.Class}' of {images.Name} has {small.Count} image{(small.Count == 1 ? "" : "s")}, and {count} folds need one each: "
                + "take fewer folds, add images to the class, or leave the class out (Select-CnnImage).")
            { Target = images };
        }
    }
}
