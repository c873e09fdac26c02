using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>A dense (fully connected) layer: every output is a weighted sum of all inputs. A bias may be added to each.</summary>
/// <param name="Outputs">Number of outputs.</param>
/// <param name="HasBias">Whether a bias is added to each output.</param>
public sealed record Dense(int Outputs, bool HasBias = true) : Layer
{
    /// <summary>Number of outputs.</summary>
    public int Outputs { get; } = Outputs;

    /// <summary>Whether a bias is added to each output.</summary>
    public bool HasBias { get; internal init; } = HasBias;

    private const int Most = 1 << 20;

    /// <inheritdoc/>
    public override string Kind => "dense";

    /// <inheritdoc/>
    public override string Settings => $"{Outputs} outputs" + (HasBias ? "" : ", no bias");

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new Dense(
        settings.Integer(nameof(Outputs), Outputs), settings.Truth(nameof(HasBias), HasBias, absent: true));

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (Outputs is < 1 or > Most)
        {
            throw BadSetting(nameof(Outputs), Outputs, $"It must be a number from 1 to {Most}.");
        }

        return input.IsVector
            ? Shape.Vector(Outputs)
            : throw CannotTake(input, "It needs a vector of features: put a flatten layer before it.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDescription> Parameters(Shape input) =>
    [
        new("weight", [Outputs, input.Channels], input.Channels),
        .. HasBias ? (ParameterDescription[])[new("bias", [Outputs], 0)] : [],
    ];

    /// <inheritdoc/>
    public override long ForwardOperations(Shape input) => 2L * input.Channels * Outputs;

    /// <inheritdoc/>
    internal override int GradientParts(Shape input) => Outputs;

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass) =>
        pass.Kernels.DenseForward(pass.Images, pass.InputShape.Channels, Outputs, pass.Input, pass.Weight, pass.Bias, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            pass.Kernels.DenseInputGradient(
                pass.Images, pass.InputShape.Channels, Outputs, pass.OutputGradient, pass.Weight, pass.InputGradient);
        }
    }

    /// <inheritdoc/>
    internal override unsafe void ParameterGradient(in LayerPass pass, int first, int count)
    {
        int inputs = pass.InputShape.Channels;
        pass.Kernels.DenseWeightGradient(
            pass.Images,
            inputs,
            Outputs,
            first,
            count,
            pass.Input,
            pass.OutputGradient,
            pass.WeightGradient + ((nint)first * inputs),
            HasBias ? pass.BiasGradient + first : null);
    }
}
