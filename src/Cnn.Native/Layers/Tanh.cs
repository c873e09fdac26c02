using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>The hyperbolic tangent of each value.</summary>
public sealed record Tanh : Layer
{
    /// <inheritdoc/>
    public override string Kind => "tanh";

    /// <inheritdoc/>
    public override string Settings => "";

    /// <inheritdoc/>
    internal override bool RunsInPlace => true;

    /// <inheritdoc/>
    internal override bool NeedsOutput => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input;

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass) =>
        pass.Kernels.TanhForward(pass.Images * pass.InputShape.Length, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            pass.Kernels.TanhBackward(pass.Images * pass.InputShape.Length, pass.Output, pass.OutputGradient, pass.InputGradient);
        }
    }
}
