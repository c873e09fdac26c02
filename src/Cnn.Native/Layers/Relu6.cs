using Cnn.Kernels;

namespace Cnn.Layers;

/// <summary>
/// The rectified linear unit that is cut at 6, min(max(0, x), 6), of each value
/// (Sandler, Howard, Zhu, Zhmoginov and Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018).
/// </summary>
public sealed record Relu6 : ActivationLayer
{
    /// <inheritdoc/>
    public override string Kind => "relu6";

    /// <inheritdoc/>
    private protected override unsafe void Forward(KernelSet kernels, int count, float* input, float* output) =>
        kernels.Relu6Forward(count, input, output);

    /// <inheritdoc/>
    private protected override unsafe void Backward(KernelSet kernels, int count, float* values, float* outputGradient, float* inputGradient) =>
        kernels.Relu6Backward(count, values, outputGradient, inputGradient);
}
