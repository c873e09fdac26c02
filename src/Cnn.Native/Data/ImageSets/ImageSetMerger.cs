namespace Cnn.Data;

/// <summary>Merges image sets. Classes of the same name become one.</summary>
public static class ImageSetMerger
{
    /// <summary>Merges sets: their images one after the other, and their classes in the order of their first occurrence.</summary>
    /// <param name="sets">The sets, at least one. Their pixels are copied.</param>
    /// <param name="name">The display name of the new set.</param>
    /// <returns>The new set. It has the conversion of those sets that were made from pictures.</returns>
    /// <exception cref="CnnException">
    /// <c>MergeEmpty</c>: there are no sets. <c>MergeShape</c>: the shapes of their images differ. <c>MergeConversion</c>: their images were converted from
    /// pictures differently. <c>MergeClasses</c>: some have class names and others only numbers. <c>ImageSetSize</c>: there are too many images for one set.
    /// </exception>
    public static ImageSet Merge(IReadOnlyList<ImageSet> sets, string name)
    {
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentNullException.ThrowIfNull(name);
        if (sets.Count == 0)
        {
            throw Error("MergeEmpty", "There are no image sets to merge: pass at least one.");
        }

        ImageSet first = sets[0];
        foreach (ImageSet set in sets)
        {
            ArgumentNullException.ThrowIfNull(set);
            Check(first, set);
        }

        ImageSet? ofPictures = sets.FirstOrDefault(set => set.Conversion != null);
        if (sets.FirstOrDefault(set => set.Conversion != null && !set.Conversion.Equals(ofPictures!.Conversion)) is { } other)
        {
            throw Error(
                "MergeConversion",
                $"The images of '{ofPictures!.Name}' were converted from pictures in one way ({ofPictures.Conversion}), and those of '{other.Name}' in another ({other.Conversion}). "
                + "A model can store only one conversion: import both with the same -ImageShape, -Invert, -Center, -Fit and -Fill.");
        }

        string[] classNames = [.. sets.SelectMany(set => set.ClassNames).Distinct(StringComparer.Ordinal)];
        Dictionary<string, int> labelOf = classNames.Index().ToDictionary(place => place.Item, place => place.Index, StringComparer.Ordinal);
        long count = sets.Sum(set => (long)set.Count);
        ImageSet.CheckSize(count, first.ImageShape, name);
        PixelMemory pixels = PixelMemory.Allocate(count * first.ImageShape.Length);
        int[] labels = GC.AllocateUninitializedArray<int>((int)count, pinned: true);
        int at = 0;
        foreach (ImageSet set in sets)
        {
            foreach (ImageSet run in set.Runs())
            {
                ReadOnlySpan<byte> source = run.Pixels;
                source.CopyTo(pixels.Slice((long)at * first.ImageShape.Length, source.Length));
                foreach (int label in run.Labels)
                {
                    labels[at++] = labelOf[set.ClassNames[label]];
                }
            }
        }

        return ImageSet.FromPinned(pixels, 0, labels, 0, labels.Length, first.ImageShape, classNames, name, ofPictures?.Conversion);
    }

    private static void Check(ImageSet first, ImageSet set)
    {
        if (set.ImageShape != first.ImageShape)
        {
            throw Error(
                "MergeShape",
                $"The images of '{first.Name}' are {first.ImageShape} and those of '{set.Name}' {set.ImageShape}. All images of a set have the same shape: import both with the same -ImageShape.");
        }

        if (ClassMatch.AreLabels(first.ClassNames) != ClassMatch.AreLabels(set.ClassNames) && !first.ClassNames.Intersect(set.ClassNames, StringComparer.Ordinal).Any())
        {
            (ImageSet unnamed, ImageSet named) = ClassMatch.AreLabels(first.ClassNames) ? (first, set) : (set, first);
            throw Error(
                "MergeClasses",
                $"The classes of '{unnamed.Name}' have only numbers, and those of '{named.Name}' have names, so they cannot be matched: "
                + "name the classes with -ClassName when the images are imported.");
        }
    }

    private static CnnException Error(string id, string message) => new(id, CnnErrorKind.InvalidArgument, message);
}
