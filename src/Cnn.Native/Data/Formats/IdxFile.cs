using System.Collections.Immutable;

namespace Cnn.Data;

/// <summary>What an IDX file holds: its dimensions and its values.</summary>
public sealed class IdxFile
{
    internal IdxFile(byte[] content, IdxType type, ImmutableArray<int> dimensions)
    {
        Content = content;
        Type = type;
        Dimensions = dimensions;
    }

    /// <summary>What the values are.</summary>
    public IdxType Type { get; }

    /// <summary>The sizes in the header: [count] of labels, [count, rows, columns] of images; [count, columns] where an image has more than a label, and four where it has colours.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The values after the header, as the file has them: of larger types than bytes, big-endian.</summary>
    public ReadOnlySpan<byte> Data => Content.AsSpan(DataStart);

    /// <summary>
    /// The whole plain file, header and values, in a pinned array: what is hashed, what is written to the cache,
    /// and what an <see cref="ImageSet"/> reads, is one and the same memory.
    /// </summary>
    internal byte[] Content { get; }

    /// <summary>Where in <see cref="Content"/> the values begin.</summary>
    internal int DataStart => 4 + (4 * Dimensions.Count);
}
