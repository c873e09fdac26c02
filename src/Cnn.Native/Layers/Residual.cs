using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// Ends a residual block: adds what came into the layers before it to what they made of it, a connection that skips them
/// (He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015). The shapes must be the same.
/// </summary>
/// <param name="Span">How many layers before it are skipped.</param>
public sealed record Residual(int Span) : Layer
{
    /// <summary>How many layers before it are skipped.</summary>
    public int Span { get; } = Span;

    /// <inheritdoc/>
    public override string Kind => "residual";

    /// <inheritdoc/>
    public override string Settings => Span == 1 ? "over 1 layer" : $"over {Span} layers";

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new Residual(settings.Integer(nameof(Span), Span));

    /// <inheritdoc/>
    internal override bool RunsInPlace => true;

    /// <inheritdoc/>
    public override void CheckSettings()
    {
        if (Span < 1)
        {
            throw BadSetting(nameof(Span), Span, "It is the number of layers that are skipped, at least 1.");
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input;
    }

    /// <summary>Checks that the layers before it are as many as are skipped, and that they keep the shape.</summary>
    /// <param name="shapes">The shapes between the layers so far, from the image to the input of this layer.</param>
    /// <exception cref="CnnException"><c>LayerShape</c>: there are too few layers, or they change the shape.</exception>
    public void CheckSkip(IReadOnlyList<Shape> shapes)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        CheckSettings();
        Shape input = shapes[^1];
        if (Span >= shapes.Count)
        {
            throw CannotTake(input, $"It skips {Span} layers, and there are {shapes.Count - 1} before it: make the span smaller.");
        }

        Shape skipped = shapes[shapes.Count - 1 - Span];
        if (skipped != input)
        {
            throw CannotTake(
                input,
                $"It adds what came into the {Span} layers before it, and that is {skipped.Channels}×{skipped.Height}×{skipped.Width}: between there and here use as many filters as "
                + "there are channels, padding that keeps the size, and no stride or pooling; what changes the shape comes before the block.");
        }
    }

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass)
    {
        int count = pass.Images * pass.InputShape.Length;
        if (pass.Input != pass.Output)
        {
            new ReadOnlySpan<float>(pass.Input, count).CopyTo(new Span<float>(pass.Output, count));
        }

        pass.Kernels.Add(count, pass.Skipped, pass.Output);
    }

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        var gradient = new ReadOnlySpan<float>(pass.OutputGradient, pass.Images * pass.InputShape.Length);
        if (pass.InputGradient != null && pass.InputGradient != pass.OutputGradient)
        {
            gradient.CopyTo(new Span<float>(pass.InputGradient, gradient.Length));
        }

        if (pass.SkippedGradient != null)
        {
            gradient.CopyTo(new Span<float>(pass.SkippedGradient, gradient.Length));
        }
    }
}
