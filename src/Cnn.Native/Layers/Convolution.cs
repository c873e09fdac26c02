using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// Convolution: each filter slides over the zero-padded image and makes one channel of the output. A bias may be added to each channel.
/// Output size floor((n + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1.
/// </summary>
/// <param name="Filters">Number of filters, the channels of the output.</param>
/// <param name="KernelHeight">Rows of a filter.</param>
/// <param name="KernelWidth">Columns of a filter.</param>
/// <param name="Stride">Rows and columns between two neighbouring outputs.</param>
/// <param name="Padding">Rows and columns of zeros around the image: above and below it, and at its left and right.</param>
/// <param name="Dilation">Rows and columns of the image from one row or column of a filter to the next (Yu and Koltun, 2015).</param>
/// <param name="Groups">
/// The number of groups into which channels and filters are divided; the filters of a group see the channels of the same group. With as many groups as
/// channels the convolution is depthwise.
/// </param>
/// <param name="HasBias">Whether a bias is added to each filter's output. A batch normalisation that follows subtracts it again, so none is needed before one.</param>
public sealed record Convolution(
    int Filters, int KernelHeight, int KernelWidth, PerAxis Stride, PerAxis Padding, PerAxis Dilation, int Groups = 1, bool HasBias = true) : ConvolutionLayer
{
    /// <summary>Number of filters, the channels of the output.</summary>
    public int Filters { get; } = Filters;

    /// <summary>Rows of a filter.</summary>
    public int KernelHeight { get; } = KernelHeight;

    /// <summary>Columns of a filter.</summary>
    public int KernelWidth { get; } = KernelWidth;

    /// <summary>Rows and columns between two neighbouring outputs.</summary>
    public PerAxis Stride { get; } = Stride;

    /// <summary>Rows and columns of zeros around the image: above and below it, and at its left and right.</summary>
    public PerAxis Padding { get; } = Padding;

    /// <summary>Rows and columns of the image from one row or column of a filter to the next (Yu and Koltun, 2015).</summary>
    public PerAxis Dilation { get; } = Dilation;

    /// <summary>
    /// The number of groups into which channels and filters are divided; the filters of a group see the channels of the same group. With as many groups as
    /// channels the convolution is depthwise.
    /// </summary>
    public int Groups { get; } = Groups;

    /// <summary>Whether a bias is added to each filter's output.</summary>
    public bool HasBias { get; internal init; } = HasBias;

    /// <summary>The largest kernel, stride or padding that is accepted.</summary>
    private const int Largest = 1024;

    /// <summary>Convolution with square filters.</summary>
    /// <param name="filters">Number of filters.</param>
    /// <param name="kernel">Rows and columns of a filter.</param>
    public Convolution(int filters, int kernel)
        : this(filters, kernel, kernel)
    {
    }

    /// <summary>Convolution with the same stride, padding and dilation for rows and columns.</summary>
    /// <param name="Filters">Number of filters.</param>
    /// <param name="KernelHeight">Rows of a filter.</param>
    /// <param name="KernelWidth">Columns of a filter.</param>
    /// <param name="Stride">Rows and columns between two neighbouring outputs.</param>
    /// <param name="Padding">Rows and columns of zeros around the image.</param>
    /// <param name="Dilation">Rows and columns of the image from one row or column of a filter to the next.</param>
    /// <param name="Groups">The number of groups into which channels and filters are divided.</param>
    /// <param name="HasBias">Whether a bias is added to each filter's output.</param>
    public Convolution(int Filters, int KernelHeight, int KernelWidth, int Stride = 1, int Padding = 0, int Dilation = 1, int Groups = 1, bool HasBias = true)
        : this(Filters, KernelHeight, KernelWidth, new PerAxis(Stride), new PerAxis(Padding), new PerAxis(Dilation), Groups, HasBias)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "convolution";

    /// <inheritdoc/>
    public override string Settings =>
        $"{Filters} filters {KernelHeight}×{KernelWidth}" + (Stride == 1 ? "" : $", stride {Stride}") + (Padding == 0 ? "" : $", padding {Padding}")
        + (Dilation == 1 ? "" : $", dilation {Dilation}") + (Groups == 1 ? "" : $", {Groups} groups") + (HasBias ? "" : ", no bias");

    /// <inheritdoc/>
    internal override Layer Rebuild(LayerSettings settings) => new Convolution(
        settings.Integer(nameof(Filters), Filters),
        settings.Integer(nameof(KernelHeight), KernelHeight),
        settings.Integer(nameof(KernelWidth), KernelWidth),
        settings.Axes(nameof(Stride), Stride),
        settings.Axes(nameof(Padding), Padding),
        settings.Axes(nameof(Dilation), Dilation, absent: 1),
        settings.Integer(nameof(Groups), Groups, absent: 1),
        settings.Truth(nameof(HasBias), HasBias, absent: true));

    /// <inheritdoc/>
    public override void CheckSettings()
    {
        foreach ((string name, int value) in new[] { (nameof(Filters), Filters), (nameof(KernelHeight), KernelHeight), (nameof(KernelWidth), KernelWidth), (nameof(Groups), Groups) })
        {
            int most = name is nameof(Filters) or nameof(Groups) ? 65536 : Largest;
            if (value < 1 || value > most)
            {
                throw BadSetting(name, value, $"It must be a number from 1 to {most}.");
            }
        }

        CheckAxes(nameof(Stride), Stride, 1, Largest);
        CheckAxes(nameof(Padding), Padding, 0, Largest);
        CheckAxes(nameof(Dilation), Dilation, 1, Largest);
        if (Filters % Groups != 0)
        {
            throw BadSetting(nameof(Groups), Groups, $"It must divide the number of filters, {Filters}: use a multiple of it as the number of filters, or fewer groups.");
        }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        CheckSettings();
        if (input.Channels % Groups != 0)
        {
            throw CannotTake(
                input, $"Its {Groups} groups do not divide the {input.Channels} channels: use a number of groups that divides them, or another number of filters in the layer before it.");
        }

        int height = input.Height + (2 * Padding.Height);
        int width = input.Width + (2 * Padding.Width);
        int rows = (Dilation.Height * (KernelHeight - 1)) + 1;
        int columns = (Dilation.Width * (KernelWidth - 1)) + 1;
        if (height < rows || width < columns)
        {
            throw CannotTake(
                input,
                $"Its kernel needs at least {rows} rows and {columns} columns, but with padding {Padding} there are {height} and {width}: "
                + "use a smaller kernel, more padding, or fewer pooling layers before it.");
        }

        return Geometry(input).OutputShape;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDescription> Parameters(Shape input) =>
    [
        new("weight", [Filters, input.Channels / Groups, KernelHeight, KernelWidth], checked(input.Channels / Groups * KernelHeight * KernelWidth)),
        .. HasBias ? (ParameterDescription[])[new("bias", [Filters], 0)] : [],
    ];

    /// <remarks>The inputs of one filter position are inside the padded input, and are never more than that.</remarks>
    /// <inheritdoc/>
    internal override IEnumerable<(string What, Int128 Values)> Sizes(Shape input) =>
    [
        ("its input with padding", (Int128)input.Channels * (input.Height + (2L * Padding.Height)) * (input.Width + (2L * Padding.Width))),
    ];

    /// <inheritdoc/>
    internal override int BackwardWeightsLength(KernelSet kernels, Shape input) => kernels.BackwardWeightsLength(Geometry(input));

    /// <inheritdoc/>
    internal override int GradientSumsLength(KernelSet kernels, Shape input) => checked(kernels.WeightSumsLength(Geometry(input)) + (HasBias ? Filters : 0));

    /// <inheritdoc/>
    internal override unsafe void PackBackward(in LayerPass pass) =>
        pass.Kernels.PackBackwardWeights(Geometry(pass.InputShape), pass.Weight, pass.BackwardWeights);

    /// <inheritdoc/>
    internal override unsafe void Backward(in LayerPass pass)
    {
        ConvolutionGeometry geometry = Geometry(pass.InputShape);
        float* biasGradient = HasBias ? pass.GradientSums + pass.Kernels.WeightSumsLength(geometry) : null;
        pass.Kernels.ConvolutionWeightGradient(geometry, pass.Images, pass.Input, pass.OutputGradient, pass.GradientSums, biasGradient, pass.Scratch);
        if (pass.InputGradient != null)
        {
            pass.Kernels.ConvolutionInputGradient(
                geometry, pass.Images, pass.OutputGradient, pass.BackwardWeights, pass.InputGradient, pass.Scratch);
        }
    }

    /// <inheritdoc/>
    internal override unsafe void UnpackGradient(in LayerPass pass)
    {
        ConvolutionGeometry geometry = Geometry(pass.InputShape);
        pass.Kernels.UnpackWeightSums(geometry, pass.GradientSums, pass.WeightGradient);
        if (HasBias)
        {
            new ReadOnlySpan<float>(pass.GradientSums + pass.Kernels.WeightSumsLength(geometry), Filters).CopyTo(new Span<float>(pass.BiasGradient, Filters));
        }
    }

    /// <inheritdoc/>
    private protected override ConvolutionGeometry Geometry(Shape input) => new(
        input.Channels, input.Height, input.Width, Filters, KernelHeight, KernelWidth,
        Stride.Height, Stride.Width, Padding.Height, Padding.Width, Dilation.Height, Dilation.Width, Groups);
}
