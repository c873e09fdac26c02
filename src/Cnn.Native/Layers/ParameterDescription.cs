namespace Cnn.Layers;

/// <summary>One tensor that a layer learns.</summary>
/// <param name="Name">Its name within the layer: <c>weight</c> or <c>bias</c>.</param>
/// <param name="Dimensions">Its dimensions in memory order: [filter][channel][row][column], [output][input] or [output].</param>
/// <param name="FanIn">How many inputs one output adds up: He's initialisation needs it. 0 for what starts at zero.</param>
public sealed record ParameterDescription(string Name, IReadOnlyList<int> Dimensions, int FanIn)
{
    /// <summary>Number of values.</summary>
    public int Length => Dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));
}
