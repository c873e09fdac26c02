using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// Global average pooling: the mean of each channel, one feature for each channel, so that a dense layer may follow directly (Lin, Chen and Yan, "Network In
/// Network", 2013).
/// </summary>
public sealed record GlobalAveragePooling : Layer
{
    /// <inheritdoc/>
    public override string Kind => "global average pooling";

    /// <inheritdoc/>
    public override string Settings => "";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => Shape.Vector(input.Channels);

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

    /// <summary>One window that is the whole image.</summary>
    private static PoolingGeometry Geometry(Shape input) => new(input.Channels, input.Height, input.Width, input.Height, input.Width, 1, 1, 0, 0, false);
}
