using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// The leaky rectified linear unit: x where it is positive, slope · x elsewhere
/// (Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013).
/// </summary>
/// <param name="Slope">The slope below 0, from 0, which is ReLU, to 1, which does nothing.</param>
public sealed record LeakyRelu(double Slope = 0.01) : Layer
{
    /// <summary>The slope below 0, from 0, which is ReLU, to 1, which does nothing.</summary>
    public double Slope { get; } = Slope;

    /// <inheritdoc/>
    public override string Kind => "leaky relu";

    /// <inheritdoc/>
    public override string Settings => FormattableString.Invariant($"slope {Slope}");

    /// <inheritdoc/>
    internal override bool RunsInPlace => true;

    /// <inheritdoc/>
    internal override bool NeedsOutput => true;

    /// <inheritdoc/>
    public override void CheckSettings()
    {
        if (!(Slope >= 0 && Slope <= 1))
        {
            throw BadSetting(nameof(Slope), Slope, "It is a number from 0 to 1: 0.01 is usual.");
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input;
    }

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass) =>
        pass.Kernels.LeakyReluForward(pass.Images * pass.InputShape.Length, (float)Slope, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            pass.Kernels.LeakyReluBackward(pass.Images * pass.InputShape.Length, (float)Slope, pass.Output, pass.OutputGradient, pass.InputGradient);
        }
    }
}
