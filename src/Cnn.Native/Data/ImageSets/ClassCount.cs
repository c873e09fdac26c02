namespace Cnn.Data;

/// <summary>How many images of a class a set has.</summary>
/// <param name="Label">The label, from 0.</param>
/// <param name="Class">The name of the class.</param>
/// <param name="Count">The number of images; 0 for a class without any.</param>
public sealed record ClassCount(int Label, string Class, int Count)
{
    /// <summary>The label, from 0.</summary>
    public int Label { get; } = Label;

    /// <summary>The name of the class.</summary>
    public string Class { get; } = Class;

    /// <summary>The number of images.</summary>
    public int Count { get; } = Count;
}
