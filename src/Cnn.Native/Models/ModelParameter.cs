namespace Cnn.Models;

/// <summary>One tensor of a model and its position in the model's memory.</summary>
/// <param name="Name">Its name in the model file, such as <c>layers.0.weight</c>.</param>
/// <param name="Layer">The index of the layer that it belongs to.</param>
/// <param name="Dimensions">Its dimensions in memory order.</param>
/// <param name="FanIn">The number of inputs that one output adds up; 0 for a bias, and for the tensors of a normalisation.</param>
/// <param name="Offset">The offset in the model's parameters, in floats.</param>
/// <param name="Length">Number of values.</param>
/// <param name="Start">The initial value of all elements if the fan-in is 0.</param>
/// <param name="IsTrained">
/// Whether an optimizer trains it. The running statistics of a batch normalisation are not trained.
/// </param>
public sealed record ModelParameter(string Name, int Layer, IReadOnlyList<int> Dimensions, int FanIn, int Offset, int Length, float Start, bool IsTrained)
{
    /// <summary>Its name in the model file, such as <c>layers.0.weight</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>The index of the layer that it belongs to.</summary>
    public int Layer { get; } = Layer;

    /// <summary>Its dimensions in memory order.</summary>
    public IReadOnlyList<int> Dimensions { get; } = Dimensions;

    /// <summary>The number of inputs that one output adds up; 0 for a bias, and for the tensors of a normalisation.</summary>
    public int FanIn { get; } = FanIn;

    /// <summary>The offset in the model's parameters, in floats.</summary>
    public int Offset { get; } = Offset;

    /// <summary>Number of values.</summary>
    public int Length { get; } = Length;

    /// <summary>The initial value of all elements if the fan-in is 0.</summary>
    public float Start { get; } = Start;

    /// <summary>Whether an optimizer trains it. The running statistics of a batch normalisation are not trained.</summary>
    public bool IsTrained { get; } = IsTrained;
}
