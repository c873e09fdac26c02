using Cnn.Numerics;

namespace Cnn.Data;

/// <summary>
/// Splits an image set in two, with each class in the same proportion: a share is held out for validation or testing, and the rest is used for training.
/// Which images are held out depends only on the seed.
/// </summary>
public static class StratifiedSplit
{
    /// <summary>The first of the seed's streams that are used here, one for each class: no other part uses them.</summary>
    private const ulong FirstStream = 2UL << 32;

    /// <summary>Holds out a share of the images.</summary>
    /// <param name="images">The images.</param>
    /// <param name="fraction">The share that is held out, between 0 and 1; rounded to whole images, at least one of each class.</param>
    /// <param name="seed">The seed that draws.</param>
    /// <returns>The rest and the held-out part, both in the order of the set.</returns>
    /// <exception cref="CnnException">The share is out of range, the set is empty, or a class has a single image.</exception>
    public static (ImageSet Remaining, ImageSet HeldOut) ByFraction(ImageSet images, double fraction, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (fraction is not (> 0 and < 1))
        {
            throw new CnnException(
                "SplitFraction", CnnErrorKind.InvalidArgument, $"The share to hold out is {fraction}. It must lie between 0 and 1: 0.1 holds out a tenth.")
            { Target = fraction };
        }

        int[] sizes = ClassSizes(images);
        int classes = sizes.Count(size => size > 0);
        return Split(images, sizes, Math.Clamp((int)Math.Round(fraction * images.Count), classes, images.Count - classes), seed);
    }

    /// <summary>Holds out a number of images.</summary>
    /// <param name="images">The images.</param>
    /// <param name="count">The number of images to hold out.</param>
    /// <param name="seed">The seed that draws.</param>
    /// <returns>The rest and the held-out part, both in the order of the set.</returns>
    /// <exception cref="CnnException">
    /// The number leaves a class without an image on one side, the set is empty, or a class has a single image.
    /// </exception>
    public static (ImageSet Remaining, ImageSet HeldOut) ByCount(ImageSet images, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(images);
        int[] sizes = ClassSizes(images);
        int classes = sizes.Count(size => size > 0);
        if (count < classes || count > images.Count - classes)
        {
            throw new CnnException(
                "SplitCount",
                CnnErrorKind.InvalidArgument,
                $"Cannot hold out {count} of the {images.Count} images of {images.Name}: each of its {classes} classes needs an image on both sides, "
                + $"so the number must be {classes} to {images.Count - classes}.")
            { Target = images };
        }

        return Split(images, sizes, count, seed);
    }

    private static int[] ClassSizes(ImageSet images)
    {
        if (images.Count == 0)
        {
            throw new CnnException("EmptyImageSet", CnnErrorKind.InvalidArgument, $"{images.Name} has no images, so there is nothing to split.")
            { Target = images };
        }

        int[] sizes = [.. images.ClassCounts.Select(count => count.Count)];
        int alone = Array.IndexOf(sizes, 1);
        return alone < 0
            ? sizes
            : throw new CnnException(
                "SplitClassTooSmall",
                CnnErrorKind.InvalidData,
                $"The class '{images.ClassNames[alone]}' of {images.Name} has a single image, and a split needs one of each class on both sides: "
                + "add images to the class, or leave the class out.")
            { Target = images };
    }

    private static (ImageSet Remaining, ImageSet HeldOut) Split(ImageSet images, int[] sizes, int count, ulong seed)
    {
        int[] shares = Shares(sizes, images.Count, count);
        bool[] isHeldOut = new bool[images.Count];
        for (int label = 0; label < sizes.Length; label++)
        {
            int[] members = [.. Enumerable.Range(0, images.Count).Where(index => images.Labels[index] == label)];
            new RandomStream(seed, FirstStream + (ulong)label).Shuffle<int>(members);
            foreach (int index in members.AsSpan(0, shares[label]))
            {
                isHeldOut[index] = true;
            }
        }

        int[] Indices(bool heldOut) => [.. Enumerable.Range(0, images.Count).Where(index => isHeldOut[index] == heldOut)];
        return (images.Select(Indices(false), $"{images.Name} (rest)"), images.Select(Indices(true), $"{images.Name} (held out)"));
    }

    /// <summary>
    /// How many images of each class are held out: the method of the largest remainders (Hamilton), with at least one of each class on both sides. It uses
    /// whole numbers only; of equal remainders the lower label comes first.
    /// </summary>
    private static int[] Shares(int[] sizes, int images, int count)
    {
        int[] shares = [.. sizes.Select(size => size == 0 ? 0 : Math.Clamp((int)((long)count * size / images), 1, size - 1))];

        // The difference between a class's exact share and its whole number, in units of 1 / images.
        long Lacking(int label) => ((long)count * sizes[label]) - ((long)shares[label] * images);
        int total = shares.Sum();
        for (; total < count; total++)
        {
            shares[Enumerable.Range(0, sizes.Length).Where(label => shares[label] < sizes[label] - 1).MaxBy(Lacking)]++;
        }

        for (; total > count; total--)
        {
            shares[Enumerable.Range(0, sizes.Length).Where(label => shares[label] > 1).MinBy(Lacking)]--;
        }

        return shares;
    }
}
