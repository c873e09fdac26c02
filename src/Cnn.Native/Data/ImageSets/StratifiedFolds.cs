using Cnn.Numerics;

namespace Cnn.Data;

/// <summary>
/// Splits an image set into folds for a cross-validation, with each class in the same proportion (Kohavi, "A study of cross-validation and bootstrap for
/// accuracy estimation and model selection", 1995). The assignment of images to folds depends only on the seed.
/// </summary>
/// <remarks>
/// All folds share one copy of the images, which contains them twice, one after the other: so the set without one fold is also a contiguous range of images.
/// Any number of folds takes at most twice the memory of the set.
/// </remarks>
public static class StratifiedFolds
{
    /// <summary>The largest number of folds.</summary>
    public const int MostFolds = 1000;

    /// <summary>The first of the seed's streams that are used here, one for each class: no other part uses them.</summary>
    private const ulong FirstStream = 3UL << 32;

    /// <summary>Makes the folds.</summary>
    /// <param name="images">The images.</param>
    /// <param name="count">The number of folds, 2 to 1000; each class that has images needs one in each fold.</param>
    /// <param name="seed">The seed that draws.</param>
    /// <returns>The folds; their sizes, and their numbers of images of a class, differ by at most 1.</returns>
    /// <exception cref="CnnException">
    /// <c>FoldCount</c>: the number of folds is out of range. <c>FoldClassTooSmall</c>: a class has fewer images than there are folds. <c>EmptyImageSet</c>.
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

            // Each class starts where the previous one ended, so that the folds have the same size.
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
            throw new CnnException("FoldCount", CnnErrorKind.InvalidArgument, $"The number of folds is {count}. It must be 2 to {MostFolds}; 5 and 10 are usual.")
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
                $"The class '{small.Class}' of {images.Name} has {small.Count} image{(small.Count == 1 ? "" : "s")}, and each of the {count} folds needs one: "
                + "take fewer folds, add images to the class, or leave the class out (Select-CnnImage).")
            { Target = images };
        }
    }
}
