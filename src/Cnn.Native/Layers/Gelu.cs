using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>GELU, x · Φ(x) with the distribution function Φ of the normal distribution itself, not an approximation by tanh (Hendrycks and Gimpel, 2016).</summary>
public sealed record Gelu : Layer
{
    /// <inheritdoc/>
    public override string Kind => "gelu";

    /// <inheritdoc/>
    public override string Settings => "";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input;

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass) =>
        pass.Kernels.GeluForward(pass.Images * pass.InputShape.Length, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            pass.Kernels.GeluBackward(pass.Images * pass.InputShape.Length, pass.Input, pass.OutputGradient, pass.InputGradient);
        }
    }
}
