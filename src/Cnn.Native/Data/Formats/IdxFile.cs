using System.Collections.Immutable;

namespace Cnn.Data;

/// <summary>The content of an IDX file: its dimensions and its values.</summary>
public sealed class IdxFile
{
    internal IdxFile(PixelMemory content, IdxType type, ImmutableArray<int> dimensions)
    {
        Content = content;
        Type = type;
        Dimensions = dimensions;
    }

    /// <summary>The type of the values.</summary>
    public IdxType Type { get; }

    /// <summary>
    /// The sizes in the header: [count] for labels, [count, rows, columns] for images; [count, columns] if an image has more than one label, and four sizes
    /// for colours.
    /// </summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The values after the header, as stored in the file: types larger than bytes are big-endian.</summary>
    /// <exception cref="CnnException"><c>IdxSize</c>: they have more bytes than a span, 2 GB.</exception>
    public ReadOnlySpan<byte> Data => DataLength <= Array.MaxLength
        ? Content.Slice(DataStart, (int)DataLength)
        : throw new CnnException(
            "IdxSize",
            CnnErrorKind.InvalidArgument,
            $"The file has {DataLength} bytes of values, and one piece has at most {Array.MaxLength}: read it as an image set, and take its images one by one.");

    /// <summary>The whole uncompressed file, header and values. The hash, the file in the cache, and the <see cref="ImageSet"/> use the same memory.</summary>
    internal PixelMemory Content { get; }

    /// <summary>The offset of the values in <see cref="Content"/>.</summary>
    internal int DataStart => 4 + (4 * Dimensions.Count);

    /// <summary>The number of bytes of the values.</summary>
    internal long DataLength => Content.Length - DataStart;
}
