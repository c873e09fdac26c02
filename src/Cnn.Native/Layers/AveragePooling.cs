namespace Cnn.Layers;

/// <summary>Average pooling: the mean of each window of each channel. Output size floor((n + 2·padding − window) / stride) + 1.</summary>
/// <param name="Window">Rows and columns of the window.</param>
/// <param name="Stride">Rows and columns between two neighbouring windows.</param>
/// <param name="Padding">Rows above and below the image, and columns at its left and right; fewer than the window has.</param>
/// <param name="ExcludesPadding">
/// Whether the mean is only over pixels of the image, <c>count_include_pad=False</c> in PyTorch; otherwise the padding counts as zeros.
/// </param>
public sealed record AveragePooling(PerAxis Window, PerAxis Stride, PerAxis Padding = default, bool ExcludesPadding = false) : PoolingLayer(Window, Stride, Padding)
{
    /// <summary>
    /// Whether the mean is only over pixels of the image, <c>count_include_pad=False</c> in PyTorch; otherwise the padding counts as zeros.
    /// </summary>
    public bool ExcludesPadding { get; } = ExcludesPadding;

    /// <summary>Windows side by side: the stride is the window.</summary>
    /// <param name="window">Rows and columns of the window.</param>
    public AveragePooling(PerAxis window)
        : this(window, window)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "average pooling";

    /// <inheritdoc/>
    public override string Settings => base.Settings + (ExcludesPadding ? ", without the padding" : "");

    /// <inheritdoc/>
    private protected override bool IgnoresPadding => ExcludesPadding;

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new AveragePooling(
        settings.Axes(nameof(Window), Window),
        settings.Axes(nameof(Stride), Stride),
        settings.Axes(nameof(Padding), Padding, absent: 0),
        settings.Truth(nameof(ExcludesPadding), ExcludesPadding, absent: false));

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
