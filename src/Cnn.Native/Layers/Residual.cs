using System.Globalization;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// Ends a residual block: adds the block's input to its output, a connection that skips the layers of the block
/// (He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015). The shapes must be the same; where the layers change the shape,
/// the connection has layers of its own, such as a 1×1 convolution: they come after the skipped ones in the list, and the first of them reads the block's input.
/// </summary>
/// <param name="Span">How many layers are skipped.</param>
/// <param name="Shortcut">The number of layers of the connection, between the skipped ones and this one; 0 to add the block's input unchanged.</param>
public sealed record Residual(int Span, int Shortcut = 0) : Layer
{
    /// <summary>How many layers are skipped.</summary>
    public int Span { get; } = Span;

    /// <summary>The number of layers of the connection, between the skipped ones and this one; 0 to add the block's input unchanged.</summary>
    public int Shortcut { get; } = Shortcut;

    /// <inheritdoc/>
    public override string Kind => "residual";

    /// <inheritdoc/>
    public override string Settings => $"over {Counted(Span)}" + (Shortcut == 0 ? "" : $", shortcut of {Counted(Shortcut)}");

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) =>
        new Residual(settings.Integer(nameof(Span), Span), settings.Integer(nameof(Shortcut), Shortcut, absent: 0));

    /// <inheritdoc/>
    internal override bool RunsInPlace => true;

    /// <inheritdoc/>
    public override void CheckSettings()
    {
        if (Span < 1)
        {
            throw BadSetting(nameof(Span), Span, "It must be the number of layers that are skipped, at least 1.");
        }

        if (Shortcut < 0)
        {
            throw BadSetting(nameof(Shortcut), Shortcut, "It must be the number of layers of the shortcut, 0 or more.");
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input;
    }

    /// <summary>Checks that the block does not begin before the first layer, and that its shortcut can begin where it does.</summary>
    /// <param name="index">The index of this layer.</param>
    /// <param name="layers">All layers.</param>
    /// <param name="shortcuts">The shortcuts so far: their first layer, and the first layer of their block. This layer's shortcut is added.</param>
    /// <exception cref="CnnException"><c>LayerSetting</c>, <c>LayerShape</c> or <c>LayerPlace</c>: it is not so.</exception>
    internal void CheckPlace(int index, IReadOnlyList<Layer> layers, Dictionary<int, int> shortcuts)
    {
        try
        {
            CheckSettings();
            if ((long)Span + Shortcut > index)
            {
                string has = Shortcut == 0 ? "" : $" and has a shortcut of {Counted(Shortcut)}";
                throw new CnnException(
                    "LayerShape", CnnErrorKind.InvalidArgument, $"The layer {this} skips {Counted(Span)}{has}, and there are {index} before it: make the span smaller.")
                { Target = this };
            }

            int first = index - Shortcut;
            if (Shortcut > 0 && layers[first] is Residual)
            {
                throw new CnnException(
                    "LayerPlace",
                    CnnErrorKind.InvalidArgument,
                    $"The shortcut of the layer {this} begins with layer {first}, {layers[first]}, which adds something of its own: begin it with another layer.")
                { Target = this };
            }

            if (Shortcut > 0 && !shortcuts.TryAdd(first, first - Span) && shortcuts[first] != first - Span)
            {
                throw new CnnException(
                    "LayerPlace",
                    CnnErrorKind.InvalidArgument,
                    $"The shortcut of the layer {this} begins with layer {first}, which begins that of another block too: give each block layers of its own.")
                { Target = this };
            }
        }
        catch (CnnException error)
        {
            throw new CnnException(error.ErrorId, error.Kind, string.Create(CultureInfo.InvariantCulture, $"Layer {index}: {error.Message}"), error) { Target = error.Target };
        }
    }

    /// <summary>Checks that the two values to add have the same shape.</summary>
    /// <param name="input">The shape of the output of the layer before it.</param>
    /// <param name="added">The shape of the block's input; with a shortcut, of the output of the skipped layers.</param>
    /// <exception cref="CnnException"><c>LayerShape</c>: they differ.</exception>
    internal void CheckSum(Shape input, Shape added)
    {
        if (added != input)
        {
            throw CannotTake(
                input,
                Shortcut > 0
                    ? $"It adds what its shortcut gives to what the {Counted(Span)} before that give, and that is {added.Channels}×{added.Height}×{added.Width}: "
                        + "give the shortcut as many filters, and the strides and pooling of those layers."
                    : $"It adds what came into the {Counted(Span)} before it, and that is {added.Channels}×{added.Height}×{added.Width}: between there and here use as many filters as "
                        + "there are channels, padding that keeps the size, and no stride or pooling; or give the block a shortcut with layers of its own.");
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

        pass.Kernels.Add(count, pass.Added, pass.Output);
    }

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        var gradient = new ReadOnlySpan<float>(pass.OutputGradient, pass.Images * pass.InputShape.Length);
        if (pass.InputGradient != null && pass.InputGradient != pass.OutputGradient)
        {
            gradient.CopyTo(new Span<float>(pass.InputGradient, gradient.Length));
        }

        if (pass.AddedGradient != null)
        {
            gradient.CopyTo(new Span<float>(pass.AddedGradient, gradient.Length));
        }
    }

    private static string Counted(int layers) => layers == 1 ? "1 layer" : string.Create(CultureInfo.InvariantCulture, $"{layers} layers");
}
