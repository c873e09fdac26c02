namespace Cnn.Data;

// Image sets made of the images of another one.
public sealed partial class ImageSet
{
    /// <summary>A range of images of this set; the bytes are shared, not copied.</summary>
    /// <param name="skip">The number of images to leave out at the beginning.</param>
    /// <param name="count">The number of images to take.</param>
    /// <returns>The slice, with the same name.</returns>
    /// <exception cref="CnnException">The range extends beyond the set.</exception>
    public ImageSet Slice(int skip, int count) => Slice(skip, count, Name);

    /// <summary>A range of images with another name.</summary>
    internal ImageSet Slice(int skip, int count, string name)
    {
        if (skip < 0 || count < 0 || skip > Count - count)
        {
            throw new CnnException(
                "ImageSetSlice",
                CnnErrorKind.InvalidArgument,
                $"Cannot take {count} images after skipping {skip}: {Name} has {Count}. Skip and count must be at least 0, "
                + "and together at most the number of images.")
            { Target = this };
        }

        return new ImageSet(
            _pixels, _pixelStart + ((long)skip * ImageShape.Length), _labels, _labelStart + skip, count, ImageShape, _classNames, name)
        {
            Conversion = Conversion,
        };
    }

    /// <summary>Chosen images of this set, in the given order. The bytes of consecutive images are shared, others are copied.</summary>
    /// <param name="indices">The indices of the images, from 0; one may be chosen more than once.</param>
    /// <param name="name">The display name of the new set.</param>
    /// <returns>The new set, with the same classes.</returns>
    /// <exception cref="CnnException">There is no such image, or there are too many for one set.</exception>
    public ImageSet Select(IReadOnlyList<int> indices, string name)
    {
        ArgumentNullException.ThrowIfNull(indices);
        if (indices.Count > 0 && indices.Index().All(place => place.Item == indices[0] + place.Index))
        {
            CheckIndex(indices[0]);
            CheckIndex(indices[^1]);
            return Slice(indices[0], indices.Count, name);
        }

        int length = ImageShape.Length;
        CheckSize(indices.Count, ImageShape, name);
        PixelMemory pixels = PixelMemory.Allocate((long)indices.Count * length);
        int[] labels = GC.AllocateUninitializedArray<int>(indices.Count, pinned: true);
        for (int i = 0; i < indices.Count; i++)
        {
            labels[i] = Label(indices[i]);
            Image(indices[i]).CopyTo(pixels.Slice((long)i * length, length));
        }

        return new ImageSet(pixels, 0, labels, 0, indices.Count, ImageShape, _classNames, name) { Conversion = Conversion };
    }

    /// <summary>The same images with their classes in another order; the pixels are shared.</summary>
    /// <param name="classNames">The names of the classes in that order.</param>
    /// <param name="order">The new label of each label.</param>
    /// <returns>The set, with the same name.</returns>
    internal ImageSet Relabel(IReadOnlyList<string> classNames, int[] order)
    {
        int[] labels = GC.AllocateUninitializedArray<int>(Count, pinned: true);
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = order[Label(i)];
        }

        return new ImageSet(_pixels, _pixelStart, labels, 0, Count, ImageShape, CheckClassNames(classNames), Name) { Conversion = Conversion };
    }

    /// <summary>The images of some classes.</summary>
    /// <param name="classNames">The names of the classes; upper and lower case count as the same.</param>
    /// <returns>The indices of the images, in the order of the set.</returns>
    /// <exception cref="CnnException">There is no such class.</exception>
    public IReadOnlyList<int> IndicesOf(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        classNames = [.. classNames.Select(ClassFolderName.Normalize)];
        string? unknown = classNames.FirstOrDefault(name => !_classNames.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (unknown != null)
        {
            throw new CnnException(
                "ClassUnknown", CnnErrorKind.InvalidArgument, $"{Name} has no class '{unknown}'. It has {string.Join(", ", _classNames)}.")
            { Target = unknown };
        }

        bool[] isWanted = [.. _classNames.Select(name => classNames.Contains(name, StringComparer.OrdinalIgnoreCase))];
        return Enumerable.Range(0, Count).Where(index => isWanted[Label(index)]).ToList().AsReadOnly();
    }

    /// <summary>This set in runs of images that each fit into a span, whatever its size.</summary>
    /// <returns>The runs, one after the other; none of a set without images.</returns>
    internal IEnumerable<ImageSet> Runs()
    {
        int most = Math.Max(1, MostRunBytes / ImageShape.Length);
        for (int first = 0; first < Count;)
        {
            ImageSet run = Slice(first, Math.Min(most, Count - first));
            first += run.Count;
            yield return run;
        }
    }
}
