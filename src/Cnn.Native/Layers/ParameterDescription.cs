namespace Cnn.Layers;

/// <summary>One tensor of a layer.</summary>
/// <param name="Name">Its name within the layer, such as <c>weight</c> or <c>bias</c>.</param>
/// <param name="Dimensions">Its dimensions in memory order: [filter][channel][row][column], [output][input] or [output].</param>
/// <param name="FanIn">The number of inputs that one output adds up, for He's initialisation; 0 if it is not drawn.</param>
/// <param name="Start">The initial value of all elements if they are not drawn.</param>
/// <param name="IsTrained">Whether it is trained by its gradient; false for statistics of the images.</param>
public sealed record ParameterDescription(string Name, IReadOnlyList<int> Dimensions, int FanIn, float Start = 0, bool IsTrained = true)
{
    /// <summary>Its name within the layer, such as <c>weight</c> or <c>bias</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>Its dimensions in memory order: [filter][channel][row][column], [output][input] or [output].</summary>
    public IReadOnlyList<int> Dimensions { get; } = Dimensions;

    /// <summary>The number of inputs that one output adds up, for He's initialisation; 0 if it is not drawn.</summary>
    public int FanIn { get; } = FanIn;

    /// <summary>The initial value of all elements if they are not drawn.</summary>
    public float Start { get; } = Start;

    /// <summary>Whether it is trained by its gradient; false for statistics of the images.</summary>
    public bool IsTrained { get; } = IsTrained;

    /// <summary>Number of values.</summary>
    public int Length => Dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));
}
