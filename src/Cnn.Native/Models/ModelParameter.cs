namespace Cnn.Models;

/// <summary>One tensor of a model: where it lies in the model's memory.</summary>
/// <param name="Name">Its name in the model file, such as <c>layers.0.weight</c>.</param>
/// <param name="Layer">The index of the layer that it belongs to.</param>
/// <param name="Dimensions">Its dimensions in memory order.</param>
/// <param name="FanIn">How many inputs one output adds up; 0 for a bias, and for the tensors of a normalisation.</param>
/// <param name="Offset">Floats before it in the model's parameters.</param>
/// <param name="Length">Number of values.</param>
/// <param name="Start">What all values are at the start where the fan-in is 0.</param>
/// <param name="IsTrained">
/// Whether an optimizer learns it by its gradient. The running statistics of a batch normalisation are not: no optimizer touches them.
/// </param>
public sealed record ModelParameter(string Name, int Layer, IReadOnlyList<int> Dimensions, int FanIn, int Offset, int Length, float Start, bool IsTrained)
{
    /// <summary>Its name in the model file, such as <c>layers.0.weight</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>The index of the layer that it belongs to.</summary>
    public int Layer { get; } = Layer;

    /// <summary>Its dimensions in memory order.</summary>
    public IReadOnlyList<int> Dimensions { get; } = Dimensions;

    /// <summary>How many inputs one output adds up; 0 for a bias, and for the tensors of a normalisation.</summary>
    public int FanIn { get; } = FanIn;

    /// <summary>Floats before it in the model's parameters.</summary>
    public int Offset { get; } = Offset;

    /// <summary>Number of values.</summary>
    public int Length { get; } = Length;

    /// <summary>What all values are at the start where the fan-in is 0.</summary>
    public float Start { get; } = Start;

    /// <summary>Whether an optimizer learns it by its gradient. The running statistics of a batch normalisation are not: no optimizer touches them.</summary>
    public bool IsTrained { get; } = IsTrained;
}
