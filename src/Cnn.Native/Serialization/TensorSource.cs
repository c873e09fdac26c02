using Cnn.Memory;

namespace Cnn.Serialization;

/// <summary>One tensor that is written to a file, where it lies in memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its dimensions in memory order.</param>
/// <param name="Buffer">The memory.</param>
/// <param name="Offset">Floats before it in the memory.</param>
internal sealed record TensorSource(string Name, IReadOnlyList<int> Dimensions, NativeBuffer<float> Buffer, long Offset)
{
    /// <summary>Number of values.</summary>
    public int Length => Dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));

    /// <summary>The values.</summary>
    public ReadOnlySpan<float> Values => Buffer.Span(Offset, Length);
}
