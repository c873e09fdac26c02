using Cnn.Kernels;

namespace Cnn.Layers;

/// <summary>
/// The leaky rectified linear unit: x where x is positive, slope · x elsewhere
/// (Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013).
/// </summary>
/// <param name="Slope">The slope below 0, from 0, which is ReLU, to 1, which has no effect.</param>
public sealed record LeakyRelu(double Slope = 0.01) : ActivationLayer
{
    /// <summary>The slope below 0, from 0, which is ReLU, to 1, which has no effect.</summary>
    public double Slope { get; } = Slope;

    /// <inheritdoc/>
    public override string Kind => "leaky relu";

    /// <inheritdoc/>
    public override string Settings => FormattableString.Invariant($"slope {Slope}");

    /// <inheritdoc/>
    public override void CheckSettings()
    {
        if (!(Slope >= 0 && Slope <= 1))
        {
            throw BadSetting(nameof(Slope), Slope, "It must be a number from 0 to 1: 0.01 is usual.");
        }
    }

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new LeakyRelu(settings.Number(nameof(Slope), Slope));

    /// <inheritdoc/>
    private protected override unsafe void Forward(KernelSet kernels, int count, float* input, float* output) =>
        kernels.LeakyReluForward(count, (float)Slope, input, output);

    /// <inheritdoc/>
    private protected override unsafe void Backward(KernelSet kernels, int count, float* values, float* outputGradient, float* inputGradient) =>
        kernels.LeakyReluBackward(count, (float)Slope, values, outputGradient, inputGradient);
}
