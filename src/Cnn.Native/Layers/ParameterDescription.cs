namespace Cnn.Layers;

/// <summary>One tensor of a layer.</summary>
/// <param name="Name">Its name within the layer, such as <c>weight</c> or <c>bias</c>.</param>
/// <param name="Dimensions">Its dimensions in memory order: [filter][channel][row][column], [output][input] or [output].</param>
/// <param name="FanIn">How many inputs one output adds up: He's initialisation needs it. 0 for what is not drawn.</param>
/// <param name="Start">What all values are at the start where they are not drawn.</param>
/// <param name="IsTrained">Whether it is learned by its gradient; not so what a layer only remembers of the images it saw.</param>
public sealed record ParameterDescription(string Name, IReadOnlyList<int> Dimensions, int FanIn, float Start = 0, bool IsTrained = true)
{
    /// <summary>Its name within the layer, such as <c>weight</c> or <c>bias</c>.</summary>
    public string Name { get; } = Name;

    /// <summary>Its dimensions in memory order: [filter][channel][row][column], [output][input] or [output].</summary>
    public IReadOnlyList<int> Dimensions { get; } = Dimensions;

    /// <summary>How many inputs one output adds up: He's initialisation needs it. 0 for what is not drawn.</summary>
    public int FanIn { get; } = FanIn;

    /// <summary>What all values are at the start where they are not drawn.</summary>
    public float Start { get; } = Start;

    /// <summary>Whether it is learned by its gradient; not so what a layer only remembers of the images it saw.</summary>
    public bool IsTrained { get; } = IsTrained;

    /// <summary>Number of values.</summary>
    public int Length => Dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));
}
