namespace Cnn.Memory;

/// <summary>
/// The shape of one image or of one image's activations: channels, height, width.
/// In memory an activation lies channels-last, [height][width][channel]; a vector of n features is the shape n×1×1.
/// </summary>
/// <param name="Channels">Number of channels (features of a vector).</param>
/// <param name="Height">Number of rows.</param>
/// <param name="Width">Number of columns.</param>
public readonly record struct Shape(int Channels, int Height, int Width)
{
    /// <summary>Number of channels (features of a vector).</summary>
    public int Channels { get; } = Channels;

    /// <summary>Number of rows.</summary>
    public int Height { get; } = Height;

    /// <summary>Number of columns.</summary>
    public int Width { get; } = Width;

    /// <summary>Number of values in one image of this shape.</summary>
    public int Length => checked(Channels * Height * Width);

    /// <summary>Number of values in one image of this shape, even if 32 bits are not enough: for sizes that have not been checked yet.</summary>
    internal Int128 ValueCount => (Int128)Channels * Height * Width;

    /// <summary>Whether this is a plain vector of features.</summary>
    public bool IsVector => Height == 1 && Width == 1;

    /// <summary>The shape of a vector of <paramref name="length"/> features.</summary>
    /// <param name="length">Number of features.</param>
    /// <returns>The shape <paramref name="length"/>×1×1.</returns>
    public static Shape Vector(int length) => new(length, 1, 1);

    /// <summary>As people write it: <c>8×24×24</c>, or <c>800</c> for a vector.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => IsVector ? $"{Channels}" : $"{Channels}×{Height}×{Width}";
}
