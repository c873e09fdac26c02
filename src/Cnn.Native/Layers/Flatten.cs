using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// Flattens an image to a vector, channel by channel: feature (c·height + y)·width + x is channel c at row y and column x, as in every framework whose images
/// are N C H W, so that the weights of the next layer can be exchanged with them.
/// </summary>
public sealed record Flatten : Layer
{
    /// <inheritdoc/>
    public override string Kind => "flatten";

    /// <inheritdoc/>
    public override string Settings => "";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Vector(input.Length);

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass)
    {
        Shape shape = pass.InputShape;
        pass.Kernels.ChannelsFirst(pass.Images, shape.Height * shape.Width, shape.Channels, pass.Input, pass.Output);
    }

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        Shape shape = pass.InputShape;
        if (pass.InputGradient != null)
        {
            pass.Kernels.ChannelsLast(pass.Images, shape.Height * shape.Width, shape.Channels, pass.OutputGradient, pass.InputGradient);
        }
    }
}
