using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>Max pooling: the largest value of each window of each channel. Padding never wins. Output size floor((n + 2·padding − window) / stride) + 1.</summary>
/// <param name="Window">Rows and columns of the window.</param>
/// <param name="Stride">Rows and columns between two neighbouring windows.</param>
/// <param name="Padding">Rows above and below the image, and columns at its left and right; fewer than the window has.</param>
public sealed record MaxPooling(PerAxis Window, PerAxis Stride, PerAxis Padding = default) : PoolingLayer(Window, Stride, Padding)
{
    /// <summary>Windows side by side: the stride is the window.</summary>
    /// <param name="window">Rows and columns of the window.</param>
    public MaxPooling(PerAxis window)
        : this(window, window)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "max pooling";

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new MaxPooling(
        settings.Axes(nameof(Window), Window), settings.Axes(nameof(Stride), Stride), settings.Axes(nameof(Padding), Padding, absent: 0));

    /// <inheritdoc/>
    internal override int StateLength(Shape input) => Geometry(input).OutputLength;

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass) =>
        pass.Kernels.MaxPoolingForward(Geometry(pass.InputShape), pass.Images, pass.Input, pass.Output, pass.State);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            pass.Kernels.MaxPoolingBackward(Geometry(pass.InputShape), pass.Images, pass.OutputGradient, pass.State, pass.InputGradient);
        }
    }
}
