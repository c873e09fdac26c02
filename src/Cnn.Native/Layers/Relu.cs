using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>The rectified linear unit, max(0, x), of each value (Nair and Hinton, 2010).</summary>
public sealed record Relu : Layer
{
    /// <inheritdoc/>
    public override string Kind => "relu";

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
        pass.Kernels.ReluForward(pass.Images * pass.InputShape.Length, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            pass.Kernels.ReluBackward(pass.Images * pass.InputShape.Length, pass.Output, pass.OutputGradient, pass.InputGradient);
        }
    }
}
