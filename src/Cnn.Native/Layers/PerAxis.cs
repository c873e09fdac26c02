namespace Cnn.Layers;

/// <summary>A setting of a layer that has one number for rows and one for columns. A single number converts to one that has it for both.</summary>
/// <param name="Height">The number for rows.</param>
/// <param name="Width">The number for columns.</param>
public readonly record struct PerAxis(int Height, int Width)
{
    /// <summary>The number for rows.</summary>
    public int Height { get; } = Height;

    /// <summary>The number for columns.</summary>
    public int Width { get; } = Width;

    /// <summary>The same number for rows and columns.</summary>
    /// <param name="both">The number.</param>
    public PerAxis(int both)
        : this(both, both)
    {
    }

    /// <summary>The same number for rows and columns.</summary>
    /// <param name="both">The number.</param>
    public static implicit operator PerAxis(int both) => new(both);

    /// <summary>One number if both are the same, such as <c>2</c>, else both, such as <c>2×1</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Height == Width ? FormattableString.Invariant($"{Height}") : FormattableString.Invariant($"{Height}×{Width}");
}
