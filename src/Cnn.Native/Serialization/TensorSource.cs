using Cnn.Memory;

namespace Cnn.Serialization;

/// <summary>One tensor in memory that is written to a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its dimensions in memory order.</param>
/// <param name="Buffer">The memory.</param>
/// <param name="Offset">The offset in the memory, in floats.</param>
internal sealed record TensorSource(string Name, IReadOnlyList<int> Dimensions, NativeBuffer<float> Buffer, long Offset)
{
    /// <summary>Number of values.</summary>
    public int Length => Dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));

    /// <summary>The values.</summary>
    public ReadOnlySpan<float> Values => Buffer.Span(Offset, Length);
}
