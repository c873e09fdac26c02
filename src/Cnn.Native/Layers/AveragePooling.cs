namespace Cnn.Layers;

/// <summary>Average pooling: the mean of each window of each channel. Output size floor((n − window) / stride) + 1.</summary>
/// <param name="Window">Rows and columns of the window.</param>
/// <param name="Stride">Rows and columns between two neighbouring windows.</param>
public sealed record AveragePooling(int Window, int Stride) : PoolingLayer(Window, Stride)
{
    /// <summary>Windows side by side: the stride is the window.</summary>
    /// <param name="window">Rows and columns of the window.</param>
    public AveragePooling(int window)
        : this(window, window)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "average pooling";

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new AveragePooling(settings.Integer(nameof(Window), Window), settings.Integer(nameof(Stride), Stride));

    /// <inheritdoc/>
    internal override unsafe void Forward(in LayerPass pass) =>
        pass.Kernels.AveragePoolingForward(Geometry(pass.InputShape), pass.Images, pass.Input, pass.Output);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        if (pass.InputGradient != null)
        {
            pass.Kernels.AveragePoolingBackward(Geometry(pass.InputShape), pass.Images, pass.OutputGradient, pass.InputGradient);
        }
    }
}
