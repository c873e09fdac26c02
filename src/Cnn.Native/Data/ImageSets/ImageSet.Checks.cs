using System.Collections.Immutable;
using Cnn.Memory;

namespace Cnn.Data;

/// <summary>The checks of an image set.</summary>
public sealed partial class ImageSet
{
    /// <summary>Checks that so many images can be held, before memory is asked for.</summary>
    /// <param name="count">Number of images.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="name">What an error calls the set.</param>
    /// <exception cref="CnnException"><c>ImageSetSize</c>: there are too many, or one is too large. <c>MemoryRequired</c>: the machine has no room for them.</exception>
    internal static void CheckSize(long count, Shape shape, string name)
    {
        if (count > Array.MaxLength || shape.ValueCount > Array.MaxLength || count * shape.ValueCount > PixelMemory.MostBytes)
        {
            throw new CnnException(
                "ImageSetSize",
                CnnErrorKind.InvalidData,
                $"{count} images {shape} have {count * shape.ValueCount} bytes. A set holds at most {PixelMemory.MostBytes} bytes and {Array.MaxLength} images, and an image {Array.MaxLength} bytes: take fewer or smaller images.")
            { Target = name };
        }

        MemoryBudget.Require(
            count * shape.Length, (needs, _) => $"{count} images {shape} of '{name}' need {needs}. Take fewer or smaller images, or end other programs.");
    }

    /// <summary>The length of a span or an array of all pixels.</summary>
    private int SpanLength(long bytes) => bytes <= Array.MaxLength
        ? (int)bytes
        : throw new CnnException(
            "ImageSetSize",
            CnnErrorKind.InvalidArgument,
            $"{Name} has {bytes} bytes of pixels, and one piece has at most {Array.MaxLength}: take them image by image (GetImage, Image), or in slices (Slice).")
        { Target = this };

    private static void CheckClassCount(long classes)
    {
        if (classes > MostClasses)
        {
            throw new CnnException(
                "ClassCountLimit", CnnErrorKind.InvalidArgument, $"There are {classes} classes, and the limit is {MostClasses}. Labels must be numbers from 0 on, without gaps.");
        }
    }

    private static ImmutableArray<string> CheckClassNames(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        CheckClassCount(classNames.Count);
        ImmutableArray<string> names = [.. classNames.Select(ClassFolderName.Normalize)];
        string? wrong = null;
        if (names.IsEmpty)
        {
            wrong = "There are no class names.";
        }
        else if (names.Any(string.IsNullOrWhiteSpace))
        {
            wrong = $"Class name {names.IndexOf(names.First(string.IsNullOrWhiteSpace))} is empty.";
        }
        else if (names.Distinct(StringComparer.Ordinal).Count() != names.Length)
        {
            string twice = names.GroupBy(name => name, StringComparer.Ordinal).First(group => group.Count() > 1).Key;
            wrong = $"Two classes have the name '{twice}'.";
        }

        return wrong is null
            ? names
            : throw new CnnException(
                "ImageSetClassNames",
                CnnErrorKind.InvalidArgument,
                $"{wrong} Pass one name for each class, in the order of the labels, none empty and all different.");
    }

    /// <summary>Checks that pixels and labels are those of the same images.</summary>
    /// <param name="pixels">The number of bytes.</param>
    /// <param name="labels">The number of labels.</param>
    /// <param name="shape">The shape of an image.</param>
    internal static void CheckLengths(long pixels, int labels, Shape shape)
    {
        if (shape.Channels < 1 || shape.Height < 1 || shape.Width < 1)
        {
            throw new CnnException(
                "ImageSetShape",
                CnnErrorKind.InvalidArgument,
                $"An image cannot have the shape {shape.Channels}×{shape.Height}×{shape.Width}: "
                + "channels, height and width must be at least 1.");
        }

        Int128 imageLength = shape.ValueCount;
        if (pixels % imageLength != 0)
        {
            throw new CnnException(
                "ImageSetPixelCount",
                CnnErrorKind.InvalidData,
                $"{pixels} pixel bytes are not a whole number of images: an image {shape} has {imageLength}. "
                + "Pass the pixels image by image, one byte for each channel of a pixel.");
        }

        if (pixels / imageLength != labels)
        {
            throw new CnnException(
                "ImageSetLabelCount",
                CnnErrorKind.InvalidData,
                $"There are {labels} labels for {pixels / imageLength} images {shape} ({pixels} bytes). Pass one label for each image.");
        }

        if (imageLength > int.MaxValue)
        {
            throw new CnnException(
                "ImageSetShape", CnnErrorKind.InvalidArgument, $"An image {shape} has {imageLength} values; the limit is {int.MaxValue}.");
        }
    }

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Count)
        {
            throw new CnnException(
                "ImageSetIndex",
                CnnErrorKind.InvalidArgument,
                $"There is no image {index}: {Name} {(Count == 0 ? "is empty" : $"has images 0 to {Count - 1}")}.")
            { Target = this };
        }
    }
}
