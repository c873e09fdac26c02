using System.Collections.Immutable;

namespace Cnn.Data;

/// <summary>The content of an IDX file: its dimensions and its values.</summary>
public sealed class IdxFile
{
    internal IdxFile(byte[] content, IdxType type, ImmutableArray<int> dimensions)
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
    public ReadOnlySpan<byte> Data => Content.AsSpan(DataStart);

    /// <summary>
    /// The whole uncompressed file, header and values, in a pinned array. The hash, the file in the cache, and the <see cref="ImageSet"/> use the same
    /// memory.
    /// </summary>
    internal byte[] Content { get; }

    /// <summary>The offset of the values in <see cref="Content"/>.</summary>
    internal int DataStart => 4 + (4 * Dimensions.Count);
}
