namespace Cnn.Models;

/// <summary>One tensor of a model: where it lies in the model's memory.</summary>
/// <param name="Name">Its name in the model file, such as <c>layers.0.weight</c>.</param>
/// <param name="Layer">The index of the layer that learns it.</param>
/// <param name="Dimensions">Its dimensions in memory order.</param>
/// <param name="FanIn">How many inputs one output adds up; 0 for a bias.</param>
/// <param name="Offset">Floats before it in the model's parameters.</param>
/// <param name="Length">Number of values.</param>
public sealed record ModelParameter(string Name, int Layer, IReadOnlyList<int> Dimensions, int FanIn, int Offset, int Length);
