using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>Max pooling: the largest value of each window of each channel. Output size floor((n − window) / stride) + 1.</summary>
/// <param name="Window">Rows and columns of the window.</param>
/// <param name="Stride">Rows and columns between two neighbouring windows.</param>
public sealed record MaxPooling(int Window, int Stride) : Layer
{
    /// <summary>Rows and columns of the window.</summary>
    public int Window { get; } = Window;

    /// <summary>Rows and columns between two neighbouring windows.</summary>
    public int Stride { get; } = Stride;

    /// <summary>Windows side by side: the stride is the window.</summary>
    /// <param name="window">Rows and columns of the window.</param>
    public MaxPooling(int window)
        : this(window, window)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "max pooling";

    /// <inheritdoc/>
    public override string Settings => $"{Window}×{Window}" + (Stride == Window ? "" : $", stride {Stride}");

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new MaxPooling(settings.Integer(nameof(Window), Window), settings.Integer(nameof(Stride), Stride));

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (Window < 1)
        {
            throw BadSetting(nameof(Window), Window, "It is at least 1.");
        }

        if (Stride < 1)
        {
            throw BadSetting(nameof(Stride), Stride, "It is at least 1.");
        }

        if (input.Height < Window || input.Width < Window)
        {
            throw CannotTake(input, $"Its window needs at least {Window} rows and columns: use a smaller window, or fewer pooling layers before it.");
        }

        return Geometry(input).OutputShape;
    }

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

    private PoolingGeometry Geometry(Shape input) => new(input.Channels, input.Height, input.Width, Window, Window, Stride, Stride);
}
