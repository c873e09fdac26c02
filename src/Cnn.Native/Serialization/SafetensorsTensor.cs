namespace Cnn.Serialization;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type, for example <c>F32</c>.</param>
/// <param name="Dimensions">Its dimensions in memory order, the last one contiguous; none for a single value.</param>
/// <param name="Begin">The first byte of its values, from the end of the header.</param>
/// <param name="End">One more than the last byte.</param>
internal sealed record SafetensorsTensor(string Name, string Type, IReadOnlyList<long> Dimensions, long Begin, long End)
{
    /// <summary>Number of bytes.</summary>
    public long ByteLength => End - Begin;

    /// <summary>As people write it: <c>layers.0.weight F32 [8, 1, 5, 5]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Name} {Type} [{string.Join(", ", Dimensions)}]";
}
