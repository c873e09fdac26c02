using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>A function that is applied to each value. The shape does not change.</summary>
public abstract record ActivationLayer : Layer
{
    private protected ActivationLayer()
    {
    }

    /// <inheritdoc/>
    public override string Settings => "";

    /// <summary>Whether the gradient is computed from the output, so that the output may replace the input. If false, it is computed from the input.</summary>
    internal override bool NeedsOutput => true;

    /// <inheritdoc/>
    internal sealed override bool RunsInPlace => NeedsOutput;

    /// <inheritdoc/>
    public sealed override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input;
    }

    /// <inheritdoc/>
    internal sealed override unsafe void Forward(in LayerPass pass) => Forward(pass.Kernels, pass.Images * pass.InputShape.Length, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal sealed override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            float* values = NeedsOutput ? pass.Output : pass.Input;
            Backward(pass.Kernels, pass.Images * pass.InputShape.Length, values, pass.OutputGradient, pass.InputGradient);
        }
    }

    /// <summary>Computes the function.</summary>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="count">Number of values.</param>
    /// <param name="input">The values.</param>
    /// <param name="output">The results.</param>
    private protected abstract unsafe void Forward(KernelSet kernels, int count, float* input, float* output);

    /// <summary>Computes the gradient of the input.</summary>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="count">Number of values.</param>
    /// <param name="values">The output, or the input if <see cref="NeedsOutput"/> is false.</param>
    /// <param name="outputGradient">The gradient of the output.</param>
    /// <param name="inputGradient">The gradient of the input.</param>
    private protected abstract unsafe void Backward(KernelSet kernels, int count, float* values, float* outputGradient, float* inputGradient);
}
