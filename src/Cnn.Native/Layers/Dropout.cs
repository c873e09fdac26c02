using Cnn.Memory;
using Cnn.Numerics;

namespace Cnn.Layers;

/// <summary>
/// Inverted dropout (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014):
/// in training each value is dropped with a given probability, and the others are divided by the probability of staying. Outside training it does nothing.
/// Which values are dropped depends on the seed of the training, the step, the layer and the position of the image in the batch, and not on the number of
/// threads.
/// </summary>
/// <param name="Rate">The probability with which a value is dropped: at least 0, less than 1.</param>
public sealed record Dropout(double Rate) : Layer
{
    /// <summary>The probability with which a value is dropped: at least 0, less than 1.</summary>
    public double Rate { get; } = Rate;

    /// <summary>A kernel decides with 24 bits for each value.</summary>
    private const int Denominator = 1 << 24;

    /// <inheritdoc/>
    public override string Kind => "dropout";

    /// <inheritdoc/>
    public override string Settings => FormattableString.Invariant($"rate {Rate}");

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new Dropout(settings.Number(nameof(Rate), Rate));

    /// <inheritdoc/>
    internal override bool RunsInPlace => true;

    /// <inheritdoc/>
    public override void CheckSettings()
    {
        if (!(Rate >= 0 && Rate < 1))
        {
            throw BadSetting(
                nameof(Rate),
                Rate,
                "It is the share of the values that are dropped, and must be at least 0 and less than 1, since a rate of 1 would leave nothing: "
                + "use 0.5 before a dense layer or 0.25 after a convolution.");
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input;
    }

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass) => Drop(pass, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            Drop(pass, pass.OutputGradient, pass.InputGradient);
        }
    }

    /// <summary>The same values are dropped from the images and, in the backward pass, from their gradient.</summary>
    private unsafe void Drop(in LayerPass pass, float* source, float* target)
    {
        int length = pass.InputShape.Length;
        if (pass.IsTraining)
        {
            // Less than 2²⁴ even for the largest rate below 1, so that some values stay.
            uint threshold = (uint)Math.Min(Math.Round(Rate * Denominator), Denominator - 1);
            float scale = (float)(1 / (1 - Rate));
            for (int image = 0; image < pass.Images; image++, source += length, target += length)
            {
                ulong key = new RandomStream(pass.Noise, (ulong)(pass.FirstImage + image)).NextUInt64();
                pass.Kernels.Dropout(length, key, threshold, scale, source, target);
            }
        }
        else if (source != target)
        {
            new ReadOnlySpan<float>(source, pass.Images * length).CopyTo(new Span<float>(target, pass.Images * length));
        }
    }
}
