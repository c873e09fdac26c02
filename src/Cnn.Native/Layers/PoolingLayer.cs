using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>One value of each window of each channel. Output size floor((n + 2·padding − window) / stride) + 1.</summary>
public abstract record PoolingLayer : Layer
{
    /// <summary>The largest padding that is accepted.</summary>
    private const int LargestPadding = 1024;

    private protected PoolingLayer(PerAxis window, PerAxis stride, PerAxis padding) => (Window, Stride, Padding) = (window, stride, padding);

    /// <summary>Rows and columns of the window.</summary>
    public PerAxis Window { get; }

    /// <summary>Rows and columns between two neighbouring windows.</summary>
    public PerAxis Stride { get; }

    /// <summary>
    /// Rows above and below the image, and columns at its left and right; fewer than the window has, so that each window contains a pixel of the image.
    /// </summary>
    public PerAxis Padding { get; }

    /// <inheritdoc/>
    public override string Settings =>
        FormattableString.Invariant($"{Window.Height}×{Window.Width}") + (Stride == Window ? "" : $", stride {Stride}") + (Padding == 0 ? "" : $", padding {Padding}");

    /// <summary>Whether the mean is only over pixels of the image.</summary>
    private protected virtual bool IgnoresPadding => false;

    /// <inheritdoc/>
    public sealed override void CheckSettings()
    {
        foreach ((string name, PerAxis value) in new[] { (nameof(Window), Window), (nameof(Stride), Stride) })
        {
            if (Math.Min(value.Height, value.Width) < 1)
            {
                throw BadSetting(name, value, "It must be at least 1, for rows and for columns.");
            }
        }

        if (!IsLessThanWindow(Padding.Height, Window.Height) || !IsLessThanWindow(Padding.Width, Window.Width))
        {
            PerAxis most = new(Math.Min(Window.Height - 1, LargestPadding), Math.Min(Window.Width - 1, LargestPadding));
            throw BadSetting(
                nameof(Padding), Padding,
                (most.Height == most.Width ? $"It must be a number from 0 to {most}" : $"It must be from 0 to {most.Height} for rows, and from 0 to {most.Width} for columns")
                + ", less than the window, so that each window sees a pixel of the image.");
        }
    }

    /// <inheritdoc/>
    public sealed override Shape OutputShape(Shape input)
    {
        CheckSettings();
        long height = input.Height + (2L * Padding.Height);
        long width = input.Width + (2L * Padding.Width);
        return height >= Window.Height && width >= Window.Width
            ? Geometry(input).OutputShape
            : throw CannotTake(
                input,
                $"Its window needs at least {Window.Height} rows and {Window.Width} columns{(Padding == 0 ? "" : $", and with padding {Padding} there are {height} and {width}")}: "
                + "use a smaller window, or fewer pooling layers before it.");
    }

    /// <summary>The sizes that a kernel works with.</summary>
    /// <param name="input">The shape that comes in.</param>
    /// <returns>The sizes.</returns>
    private protected PoolingGeometry Geometry(Shape input) => new(
        input.Channels, input.Height, input.Width, Window.Height, Window.Width, Stride.Height, Stride.Width, Padding.Height, Padding.Width, IgnoresPadding);

    private static bool IsLessThanWindow(int padding, int window) => padding >= 0 && padding < window && padding <= LargestPadding;
}
