using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>The logistic function, 1 / (1 + e^−x), of each value.</summary>
public sealed record Sigmoid : Layer
{
    /// <inheritdoc/>
    public override string Kind => "sigmoid";

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
        pass.Kernels.SigmoidForward(pass.Images * pass.InputShape.Length, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            pass.Kernels.SigmoidBackward(pass.Images * pass.InputShape.Length, pass.Output, pass.OutputGradient, pass.InputGradient);
        }
    }
}
