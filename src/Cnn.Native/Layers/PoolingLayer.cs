using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>One value of each window of each channel. Output size floor((n + 2·padding − window) / stride) + 1.</summary>
public abstract record PoolingLayer : Layer
{
    /// <summary>The largest padding that is accepted.</summary>
    private const int LargestPadding = 1024;

    private protected PoolingLayer(int window, int stride, int padding) => (Window, Stride, Padding) = (window, stride, padding);

    /// <summary>Rows and columns of the window.</summary>
    public int Window { get; }

    /// <summary>Rows and columns between two neighbouring windows.</summary>
    public int Stride { get; }

    /// <summary>Rows and columns around the image; fewer than the window has, so that each window sees a pixel of the image.</summary>
    public int Padding { get; }

    /// <inheritdoc/>
    public override string Settings => $"{Window}×{Window}" + (Stride == Window ? "" : $", stride {Stride}") + (Padding == 0 ? "" : $", padding {Padding}");

    /// <summary>Whether the mean is taken over the pixels of the image alone.</summary>
    private protected virtual bool IgnoresPadding => false;

    /// <inheritdoc/>
    public sealed override void CheckSettings()
    {
        foreach ((string name, int value) in new[] { (nameof(Window), Window), (nameof(Stride), Stride) })
        {
            if (value < 1)
            {
                throw BadSetting(name, value, "It must be at least 1.");
            }
        }

        if (Padding < 0 || Padding >= Window || Padding > LargestPadding)
        {
            throw BadSetting(nameof(Padding), Padding, $"It must be a number from 0 to {Math.Min(Window - 1, LargestPadding)}, less than the window, so that each window sees a pixel of the image.");
        }
    }

    /// <inheritdoc/>
    public sealed override Shape OutputShape(Shape input)
    {
        CheckSettings();
        return input.Height + (2L * Padding) >= Window && input.Width + (2L * Padding) >= Window
            ? Geometry(input).OutputShape
            : throw CannotTake(
                input,
                $"Its window needs at least {Window} rows and columns{(Padding == 0 ? "" : $", and with padding {Padding} there are {input.Height + (2L * Padding)} and {input.Width + (2L * Padding)}")}: "
                + "use a smaller window, or fewer pooling layers before it.");
    }

    /// <summary>The sizes that a kernel works with.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The sizes.</returns>
    private protected PoolingGeometry Geometry(Shape input) =>
        new(input.Channels, input.Height, input.Width, Window, Window, Stride, Stride, Padding, Padding, IgnoresPadding);
}
