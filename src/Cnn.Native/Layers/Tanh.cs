using Cnn.Kernels;

namespace Cnn.Layers;

/// <summary>The hyperbolic tangent of each value.</summary>
public sealed record Tanh : ActivationLayer
{
    /// <inheritdoc/>
    public override string Kind => "tanh";

    /// <inheritdoc/>
    private protected override unsafe void Forward(KernelSet kernels, int count, float* input, float* output) =>
        kernels.TanhForward(count, input, output);

    /// <inheritdoc/>
    private protected override unsafe void Backward(KernelSet kernels, int count, float* values, float* outputGradient, float* inputGradient) =>
        kernels.TanhBackward(count, values, outputGradient, inputGradient);
}
