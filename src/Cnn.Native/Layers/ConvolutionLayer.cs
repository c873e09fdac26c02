using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Layers;

/// <summary>Filters that slide over the image. The derived layers decide how the filters are computed and whether they are trained.</summary>
public abstract record ConvolutionLayer : Layer
{
    private protected ConvolutionLayer()
    {
    }

    /// <inheritdoc/>
    public sealed override long ForwardOperations(Shape input) => 2L * Geometry(input).OutputLength * Geometry(input).PatchLength;

    /// <inheritdoc/>
    internal sealed override int ScratchLength(KernelSet kernels, Shape input) => kernels.ConvolutionScratch(Geometry(input));

    /// <inheritdoc/>
    internal sealed override int ForwardWeightsLength(KernelSet kernels, Shape input) => kernels.ForwardWeightsLength(Geometry(input));

    /// <inheritdoc/>
    internal sealed override unsafe void PackForward(in LayerPass pass) =>
        pass.Kernels.PackForwardWeights(Geometry(pass.InputShape), pass.Weight, pass.Bias, pass.ForwardWeights);

    /// <inheritdoc/>
    internal sealed override unsafe void Forward(in LayerPass pass) =>
        pass.Kernels.ConvolutionForward(Geometry(pass.InputShape), pass.Images, pass.Input, pass.ForwardWeights, pass.Output, pass.Scratch);

    /// <summary>The sizes for the kernels.</summary>
    /// <param name="input">The shape of the input.</param>
    /// <returns>The sizes.</returns>
    private protected abstract ConvolutionGeometry Geometry(Shape input);
}
