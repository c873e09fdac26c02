using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Data;

/// <summary>
/// Labelled images, one byte for each value, held once and never changed. A slice shares the bytes of the set from which it was taken.
/// </summary>
/// <remarks>
/// The bytes lie in the pinned object heap (<see cref="PixelMemory"/>): the garbage collector never moves them, so that kernels may read them through
/// a raw pointer for as long as the set is reachable.
/// </remarks>
public sealed partial class ImageSet
{
    /// <summary>The largest number of classes: a confusion matrix has a number for each pair of classes.</summary>
    public const int MostClasses = 4096;

    private readonly PixelMemory _pixels;
    private readonly int[] _labels;
    private readonly long _pixelStart;
    private readonly int _labelStart;
    private readonly ImmutableArray<string> _classNames;
    private ImageStatistics? _statistics;
    private IReadOnlyList<ClassCount>? _classCounts;

    /// <summary>Makes a set from arrays, which are copied.</summary>
    /// <param name="pixels">The images, one after the other, each in the order of <paramref name="layout"/>.</param>
    /// <param name="labels">One label for each image: the position of its class in <paramref name="classNames"/>.</param>
    /// <param name="imageShape">The shape of one image.</param>
    /// <param name="classNames">The names of the classes, all different.</param>
    /// <param name="name">The display name of the set, for example <c>MNIST train</c>.</param>
    /// <param name="layout">The order of the values of an image in <paramref name="pixels"/>.</param>
    /// <exception cref="CnnException">
    /// The lengths do not fit together, a label has no class, or a class name is empty or not unique.
    /// </exception>
    public ImageSet(
        byte[] pixels, int[] labels, Shape imageShape, IReadOnlyList<string> classNames, string name, ImageLayout layout = ImageLayout.ChannelsLast)
        : this(PixelMemory.Of(Pinned(pixels)), 0, Pinned(labels), 0, labels.Length, imageShape, CheckClassNames(classNames), name)
    {
        // The copies are checked: nobody else can change them.
        CheckLengths(_pixels.Length, _labels.Length, imageShape);
        int outside = FirstLabelOutside(_labels, _classNames.Length);
        if (outside >= 0)
        {
            throw new CnnException(
                "ImageSetLabelOutOfRange",
                CnnErrorKind.InvalidData,
                $"Label {_labels[outside]} of image {outside} has no class: there are {_classNames.Length} class names, "
                + $"so labels go from 0 to {_classNames.Length - 1}. Correct the label, or pass a name for every class.")
            { Target = name };
        }

        if (layout == ImageLayout.ChannelsFirst)
        {
            Reorder(Pixels.ToArray(), _pixels.Slice(0, (int)_pixels.Length), imageShape, toPlanes: false);
        }
    }

    /// <summary>Makes a set from arrays, which are copied, with labels as in the files of data sets.</summary>
    /// <param name="pixels">The images, one after the other, each in the order of <paramref name="layout"/>.</param>
    /// <param name="labels">One label for each image: the position of its class in <paramref name="classNames"/>.</param>
    /// <param name="imageShape">The shape of one image.</param>
    /// <param name="classNames">The names of the classes, all different.</param>
    /// <param name="name">The display name of the set, for example <c>MNIST train</c>.</param>
    /// <param name="layout">The order of the values of an image in <paramref name="pixels"/>.</param>
    /// <exception cref="CnnException">
    /// The lengths do not fit together, a label has no class, or a class name is empty or not unique.
    /// </exception>
    public ImageSet(
        byte[] pixels, byte[] labels, Shape imageShape, IReadOnlyList<string> classNames, string name, ImageLayout layout = ImageLayout.ChannelsLast)
        : this(pixels, Widened(labels), imageShape, classNames, name, layout)
    {
    }

    private ImageSet(
        PixelMemory pixels,
        long pixelStart,
        int[] labels,
        int labelStart,
        int count,
        Shape imageShape,
        ImmutableArray<string> classNames,
        string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _pixels = pixels;
        _pixelStart = pixelStart;
        _labels = labels;
        _labelStart = labelStart;
        Count = count;
        ImageShape = imageShape;
        _classNames = classNames;
        Name = name;
    }

    /// <summary>The display name of the set.</summary>
    public string Name { get; }

    /// <summary>The shape of one image.</summary>
    public Shape ImageShape { get; }

    /// <summary>Number of images; 0 is allowed.</summary>
    public int Count { get; }

    /// <summary>The names of the classes: label <c>i</c> stands for the name at <c>i</c>.</summary>
    public IReadOnlyList<string> ClassNames => _classNames;

    /// <summary>How many images each class has, by label; counted when first requested.</summary>
    public IReadOnlyList<ClassCount> ClassCounts => _classCounts ??= CountClasses();

    /// <summary>How the images were converted from pictures; null if they were not pictures, as in IDX files.</summary>
    public PictureConversion? Conversion { get; internal init; }

    /// <summary>The picture files that were skipped when the set was read from a folder; of the whole set, and not of its parts.</summary>
    public IReadOnlyList<SkippedFile> SkippedFiles { get; internal init; } = ReadOnlyCollection<SkippedFile>.Empty;

    /// <summary>All images of this set, [image][row][column][channel].</summary>
    /// <exception cref="CnnException"><c>ImageSetSize</c>: they have more bytes than a span, 2 GB.</exception>
    public ReadOnlySpan<byte> Pixels => _pixels.Slice(_pixelStart, SpanLength(ByteCount));

    /// <summary>Most bytes of a run of <see cref="Runs"/>, unless one image has more. Tests lower it.</summary>
    internal static int MostRunBytes { get; set; } = 1 << 30;

    /// <summary>The bytes of all images.</summary>
    internal long ByteCount => (long)Count * ImageShape.Length;

    /// <summary>All labels of this set.</summary>
    public ReadOnlySpan<int> Labels => _labels.AsSpan(_labelStart, Count);

    /// <summary>A copy of all images, for languages without spans: PowerShell cannot read <see cref="Pixels"/>.</summary>
    /// <param name="layout">The order of the values of an image.</param>
    /// <returns>One image after the other.</returns>
    /// <exception cref="CnnException"><c>ImageSetSize</c>: they have more bytes than an array, 2 GB.</exception>
    public byte[] GetPixels(ImageLayout layout = ImageLayout.ChannelsLast)
    {
        if (layout == ImageLayout.ChannelsLast)
        {
            return Pixels.ToArray();
        }

        byte[] planes = new byte[Pixels.Length];
        Reorder(Pixels, planes, ImageShape, toPlanes: true);
        return planes;
    }

    /// <summary>A copy of one image.</summary>
    /// <param name="index">Which image, from 0.</param>
    /// <param name="layout">The order of its values.</param>
    /// <returns>The values.</returns>
    /// <exception cref="CnnException">There is no such image.</exception>
    public byte[] GetImage(int index, ImageLayout layout = ImageLayout.ChannelsLast)
    {
        CheckIndex(index);
        return Slice(index, 1).GetPixels(layout);
    }

    /// <summary>A copy of all labels.</summary>
    /// <returns>One label an image.</returns>
    public int[] GetLabels() => Labels.ToArray();

    /// <summary>The first pixel of the set. It is good only while the set is reachable.</summary>
    internal unsafe byte* PixelPointer => _pixels.Pointer + _pixelStart;

    /// <summary>The first label of the set. Valid only while the set is reachable.</summary>
    internal unsafe int* LabelPointer =>
        (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_labels)) + _labelStart;

    /// <summary>The values of one image, [row][column][channel].</summary>
    /// <param name="index">Which image, from 0.</param>
    /// <returns>The values.</returns>
    /// <exception cref="CnnException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int index)
    {
        CheckIndex(index);
        int length = ImageShape.Length;
        return _pixels.Slice(_pixelStart + ((long)index * length), length);
    }

    /// <summary>The label of one image.</summary>
    /// <param name="index">Which image, from 0.</param>
    /// <returns>The position of its class in <see cref="ClassNames"/>.</returns>
    /// <exception cref="CnnException">There is no such image.</exception>
    public int Label(int index)
    {
        CheckIndex(index);
        return _labels[_labelStart + index];
    }

    /// <summary>One image as a picture.</summary>
    /// <param name="index">Which image, from 0.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="CnnException">There is no such image, or it has neither 1 channel nor 3.</exception>
    public Picture ToPicture(int index) => new(ImageShape.Width, ImageShape.Height, ImageShape.Channels, Image(index).ToArray());

    /// <summary>Mean and standard deviation of every channel; computed when first requested.</summary>
    /// <returns>The statistics of pixel/255 over this set.</returns>
    /// <exception cref="CnnException">The set is empty, so there is no mean.</exception>
    public ImageStatistics Statistics()
    {
        if (Count == 0)
        {
            throw new CnnException(
                "ImageSetEmpty", CnnErrorKind.InvalidData, $"{Name} has no images, so their mean and standard deviation cannot be computed.")
            { Target = this };
        }

        // Two threads may both compute it; they come to the same result, and one of the two is kept.
        return _statistics ??= ImageStatistics.Of(this);
    }

    /// <summary>As people write it: <c>MNIST train: 60000 images 1×28×28, 10 classes</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        $"{Name}: {Count} image{(Count == 1 ? "" : "s")} {ImageShape}, {_classNames.Length} class{(_classNames.Length == 1 ? "" : "es")}";

    /// <summary>Takes over memory that a reader has checked already; nothing is copied.</summary>
    internal static ImageSet FromPinned(
        PixelMemory pixels,
        long pixelStart,
        int[] labels,
        int labelStart,
        int count,
        Shape imageShape,
        IReadOnlyList<string> classNames,
        string name,
        PictureConversion? conversion = null,
        IReadOnlyList<SkippedFile>? skippedFiles = null) =>
        new(pixels, pixelStart, labels, labelStart, count, imageShape, CheckClassNames(classNames), name)
        {
            Conversion = conversion,
            SkippedFiles = skippedFiles ?? ReadOnlyCollection<SkippedFile>.Empty,
        };

    /// <summary>Names for classes that have none: each is named by its label.</summary>
    /// <param name="labels">The labels.</param>
    /// <returns>The names <c>0</c> to the largest label, at least one.</returns>
    public static IReadOnlyList<string> NamesByLabel(ReadOnlySpan<int> labels)
    {
        int largest = 0;
        foreach (int label in labels)
        {
            largest = Math.Max(largest, label);
        }

        CheckClassCount(largest + 1L);

        return Enumerable.Range(0, largest + 1).Select(label => label.ToString(CultureInfo.InvariantCulture)).ToList().AsReadOnly();
    }

    /// <summary>The position of the first label without a class, or -1.</summary>
    internal static int FirstLabelOutside(ReadOnlySpan<int> labels, int classes) => labels.IndexOfAnyExceptInRange(0, classes - 1);

    /// <summary>Labels that are bytes in a file.</summary>
    internal static int[] Widened(ReadOnlySpan<byte> labels)
    {
        int[] wide = GC.AllocateUninitializedArray<int>(labels.Length, pinned: true);
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = labels[i];
        }

        return wide;
    }

    /// <summary>Labels in the form of a file, one byte each: for up to 256 classes.</summary>
    internal byte[] NarrowLabels()
    {
        byte[] narrow = new byte[Count];
        for (int i = 0; i < narrow.Length; i++)
        {
            narrow[i] = (byte)Label(i);
        }

        return narrow;
    }

    /// <summary>Whether a byte holds any label.</summary>
    internal bool HasNarrowLabels => _classNames.Length <= byte.MaxValue + 1;

    /// <summary>Converts images from planes to pixels, or back.</summary>
    internal static void Reorder(ReadOnlySpan<byte> source, Span<byte> target, Shape shape, bool toPlanes)
    {
        int area = shape.Height * shape.Width;
        for (int image = 0; image < source.Length; image += shape.Length)
        {
            for (int channel = 0; channel < shape.Channels; channel++)
            {
                for (int pixel = 0; pixel < area; pixel++)
                {
                    int planar = image + (channel * area) + pixel;
                    int interleaved = image + (pixel * shape.Channels) + channel;
                    target[toPlanes ? planar : interleaved] = source[toPlanes ? interleaved : planar];
                }
            }
        }
    }

    private IReadOnlyList<ClassCount> CountClasses()
    {
        int[] counts = new int[_classNames.Length];
        foreach (int label in Labels)
        {
            counts[label]++;
        }

        return Array.AsReadOnly([.. counts.Select((count, label) => new ClassCount(label, _classNames[label], count))]);
    }

    private static T[] Pinned<T>(T[] source)
    {
        ArgumentNullException.ThrowIfNull(source);
        T[] copy = GC.AllocateUninitializedArray<T>(source.Length, pinned: true);
        source.CopyTo(copy, 0);
        return copy;
    }
}
