using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>
/// Convolution with bias: each filter slides over the zero-padded image and gives one channel of the output.
/// Output size floor((n + 2·padding − kernel) / stride) + 1.
/// </summary>
/// <param name="Filters">Number of filters, the channels of the output.</param>
/// <param name="KernelHeight">Rows of a filter.</param>
/// <param name="KernelWidth">Columns of a filter.</param>
/// <param name="Stride">Rows and columns between two neighbouring outputs.</param>
/// <param name="Padding">Rows and columns of zeros around the image.</param>
public sealed record Convolution(int Filters, int KernelHeight, int KernelWidth, int Stride = 1, int Padding = 0) : Layer
{
    /// <summary>The largest kernel, stride or padding that is believed.</summary>
    private const int Largest = 1024;

    /// <summary>Convolution with square filters.</summary>
    /// <param name="filters">Number of filters.</param>
    /// <param name="kernel">Rows and columns of a filter.</param>
    public Convolution(int filters, int kernel)
        : this(filters, kernel, kernel)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "convolution";

    /// <inheritdoc/>
    public override string Settings =>
        $"{Filters} filters {KernelHeight}×{KernelWidth}" + (Stride == 1 ? "" : $", stride {Stride}") + (Padding == 0 ? "" : $", padding {Padding}");

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        foreach ((string name, int value, int least) in
            new[] { ("Filters", Filters, 1), ("KernelHeight", KernelHeight, 1), ("KernelWidth", KernelWidth, 1), ("Stride", Stride, 1), ("Padding", Padding, 0) })
        {
            int most = name == "Filters" ? 65536 : Largest;
            if (value < least || value > most)
            {
                throw BadSetting(name, value, $"It is a number from {least} to {most}.");
            }
        }

        int height = input.Height + (2 * Padding);
        int width = input.Width + (2 * Padding);
        if (height < KernelHeight || width < KernelWidth)
        {
            throw CannotTake(
                input,
                $"Its kernel needs at least {KernelHeight} rows and {KernelWidth} columns, and with padding {Padding} there are {height} and {width}: "
                + "use a smaller kernel, more padding, or fewer pooling layers before it.");
        }

        return Geometry(input).OutputShape;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDescription> Parameters(Shape input) =>
    [
        new("weight", [Filters, input.Channels, KernelHeight, KernelWidth], input.Channels * KernelHeight * KernelWidth),
        new("bias", [Filters], 0),
    ];

    /// <inheritdoc/>
    public override long ForwardOperations(Shape input) => 2L * Geometry(input).OutputLength * Geometry(input).PatchLength;

    /// <inheritdoc/>
    public override int ScratchLength(KernelSet kernels, Shape input) => kernels.ConvolutionScratch(Geometry(input));

    /// <inheritdoc/>
    public override unsafe void Forward(in LayerPass pass) =>
        pass.Kernels.ConvolutionForward(Geometry(pass.InputShape), pass.Images, pass.Input, pass.Weight, pass.Bias, pass.Output, pass.Scratch);

    /// <inheritdoc/>
    public override unsafe void Backward(in LayerPass pass)
    {
        ConvolutionGeometry geometry = Geometry(pass.InputShape);
        pass.Kernels.ConvolutionWeightGradient(
            geometry, pass.Images, pass.Input, pass.OutputGradient, pass.WeightGradient, pass.BiasGradient, pass.Scratch);
        if (pass.InputGradient != null)
        {
            pass.Kernels.ConvolutionInputGradient(
                geometry, pass.Images, pass.OutputGradient, pass.Weight, pass.InputGradient, pass.Scratch);
        }
    }

    private ConvolutionGeometry Geometry(Shape input) => new(
        input.Channels, input.Height, input.Width, Filters, KernelHeight, KernelWidth, Stride, Stride, Padding, Padding);
}
