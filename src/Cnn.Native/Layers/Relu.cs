using Cnn.Kernels;

namespace Cnn.Layers;

/// <summary>The rectified linear unit, max(0, x), of each value (Nair and Hinton, 2010).</summary>
public sealed record Relu : ActivationLayer
{
    /// <inheritdoc/>
    public override string Kind => "relu";

    /// <inheritdoc/>
    private protected override unsafe void Forward(KernelSet kernels, int count, float* input, float* output) =>
        kernels.ReluForward(count, input, output);

    /// <inheritdoc/>
    private protected override unsafe void Backward(KernelSet kernels, int count, float* values, float* outputGradient, float* inputGradient) =>
        kernels.ReluBackward(count, values, outputGradient, inputGradient);
}
