using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>One value of each window of each channel. Output size floor((n − window) / stride) + 1.</summary>
public abstract record PoolingLayer : Layer
{
    private protected PoolingLayer(int window, int stride) => (Window, Stride) = (window, stride);

    /// <summary>Rows and columns of the window.</summary>
    public int Window { get; }

    /// <summary>Rows and columns between two neighbouring windows.</summary>
    public int Stride { get; }

    /// <inheritdoc/>
    public sealed override string Settings => $"{Window}×{Window}" + (Stride == Window ? "" : $", stride {Stride}");

    /// <inheritdoc/>
    public sealed override void CheckSettings()
    {
        foreach ((string name, int value) in new[] { (nameof(Window), Window), (nameof(Stride), Stride) })
        {
            if (value < 1)
            {
                throw BadSetting(name, value, "It is at least 1.");
            }
        }
    }

    /// <inheritdoc/>
    public sealed override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input.Height >= Window && input.Width >= Window
            ? Geometry(input).OutputShape
            : throw CannotTake(input, $"Its window needs at least {Window} rows and columns: use a smaller window, or fewer pooling layers before it.");
    }

    /// <summary>The sizes that a kernel works with.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The sizes.</returns>
    private protected PoolingGeometry Geometry(Shape input) => new(input.Channels, input.Height, input.Width, Window, Window, Stride, Stride);
}
