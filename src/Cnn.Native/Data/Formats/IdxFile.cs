using System.Collections.Immutable;

namespace Cnn.Data;

/// <summary>What an IDX file of unsigned bytes holds: its dimensions and its values.</summary>
public sealed class IdxFile
{
    internal IdxFile(byte[] content, ImmutableArray<int> dimensions)
    {
        Content = content;
        Dimensions = dimensions;
    }

    /// <summary>The sizes in the header, [count] or [count, rows, columns].</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The values behind the header.</summary>
    public ReadOnlySpan<byte> Data => Content.AsSpan(DataStart);

    /// <summary>
    /// The whole plain file, header and values, in a pinned array: what is hashed, what is written to the cache,
    /// and what an <see cref="ImageSet"/> reads, is one and the same memory.
    /// </summary>
    internal byte[] Content { get; }

    /// <summary>Where in <see cref="Content"/> the values begin.</summary>
    internal int DataStart => 4 + (4 * Dimensions.Count);
}
