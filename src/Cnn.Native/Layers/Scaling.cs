using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// Multiplies every value by a fixed number. Before the last dense layer a small one keeps the logits of an untrained network near 0 and lets that layer
/// learn in smaller steps, so that the others can have a larger learning rate (Page, "How to Train Your ResNet", 2018).
/// </summary>
/// <param name="Factor">The number; finite as a 32-bit number, and not 0.</param>
public sealed record Scaling(double Factor) : Layer
{
    /// <summary>The number; finite as a 32-bit number, and not 0.</summary>
    public double Factor { get; } = Factor;

    /// <inheritdoc/>
    public override string Kind => "scaling";

    /// <inheritdoc/>
    public override string Settings => FormattableString.Invariant($"factor {Factor}");

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new Scaling(settings.Number(nameof(Factor), Factor));

    /// <inheritdoc/>
    internal override bool RunsInPlace => true;

    /// <inheritdoc/>
    public override void CheckSettings()
    {
        if (!float.IsFinite((float)Factor) || (float)Factor == 0)
        {
            throw BadSetting(nameof(Factor), Factor, "It must be finite as a 32-bit number and not 0: 0.1 is usual before the last dense layer.");
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input;
    }

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass) => Scale(pass, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            Scale(pass, pass.OutputGradient, pass.InputGradient);
        }
    }

    /// <summary>Multiplies values, or their gradients, by the factor.</summary>
    private unsafe void Scale(in LayerPass pass, float* source, float* target)
    {
        int length = pass.Images * pass.InputShape.Length;
        if (source != target)
        {
            new ReadOnlySpan<float>(source, length).CopyTo(new Span<float>(target, length));
        }

        pass.Kernels.Scale(length, (float)Factor, target);
    }
}
