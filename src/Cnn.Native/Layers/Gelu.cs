using Cnn.Kernels;

namespace Cnn.Layers;

/// <summary>GELU, x · Φ(x) with the exact distribution function Φ of the normal distribution, and not a tanh approximation (Hendrycks and Gimpel, 2016).</summary>
public sealed record Gelu : ActivationLayer
{
    /// <inheritdoc/>
    public override string Kind => "gelu";

    /// <inheritdoc/>
    internal override bool NeedsOutput => false;

    /// <inheritdoc/>
    private protected override unsafe void Forward(KernelSet kernels, int count, float* input, float* output) =>
        kernels.GeluForward(count, input, output);

    /// <inheritdoc/>
    private protected override unsafe void Backward(KernelSet kernels, int count, float* values, float* outputGradient, float* inputGradient) =>
        kernels.GeluBackward(count, values, outputGradient, inputGradient);
}
