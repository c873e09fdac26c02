using Cnn.Kernels;

namespace Cnn.Layers;

/// <summary>The logistic function, 1 / (1 + e^−x), of each value.</summary>
public sealed record Sigmoid : ActivationLayer
{
    /// <inheritdoc/>
    public override string Kind => "sigmoid";

    /// <inheritdoc/>
    private protected override unsafe void Forward(KernelSet kernels, int count, float* input, float* output) =>
        kernels.SigmoidForward(count, input, output);

    /// <inheritdoc/>
    private protected override unsafe void Backward(KernelSet kernels, int count, float* values, float* outputGradient, float* inputGradient) =>
        kernels.SigmoidBackward(count, values, outputGradient, inputGradient);
}
