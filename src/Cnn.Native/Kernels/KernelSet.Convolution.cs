namespace Cnn.Kernels;

// Convolution. Its weights are packed once a step, for all shards, in a layout that is specific to the kernel set; the passes read only that. The shards'
// contributions to the gradient are also in such a layout: they are added up in it, and the sum is converted to the layout of the weights.
public abstract unsafe partial class KernelSet
{
    /// <summary>The number of floats of scratch that the three passes of a convolution need.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats, whatever the number of images.</returns>
    internal abstract int ConvolutionScratch(in ConvolutionGeometry geometry);

    /// <summary>The number of floats that <see cref="PackForwardWeights"/> writes.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int ForwardWeightsLength(in ConvolutionGeometry geometry);

    /// <summary>Packs weights and biases for <see cref="ConvolutionForward"/>.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="weight">[outputChannels][inputChannels / groups][kernelHeight][kernelWidth].</param>
    /// <param name="bias">[outputChannels]; null if there is none.</param>
    /// <param name="packed"><see cref="ForwardWeightsLength"/> floats.</param>
    internal abstract void PackForwardWeights(in ConvolutionGeometry geometry, float* weight, float* bias, float* packed);

    /// <summary>Copies biases; if there are none, zeros are written.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="source">The biases, or null.</param>
    /// <param name="target">The target of the copy.</param>
    private protected static void CopyOrClear(int count, float* source, float* target)
    {
        Span<float> values = new(target, count);
        if (source == null)
        {
            values.Clear();
        }
        else
        {
            new ReadOnlySpan<float>(source, count).CopyTo(values);
        }
    }

    /// <summary>The number of floats that <see cref="PackBackwardWeights"/> writes.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int BackwardWeightsLength(in ConvolutionGeometry geometry);

    /// <summary>Packs weights for <see cref="ConvolutionInputGradient"/>.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="weight">[outputChannels][inputChannels / groups][kernelHeight][kernelWidth].</param>
    /// <param name="packed"><see cref="BackwardWeightsLength"/> floats.</param>
    internal abstract void PackBackwardWeights(in ConvolutionGeometry geometry, float* weight, float* packed);

    /// <summary>Convolution (cross-correlation, as everywhere in this field) with bias.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="input">[image][inputHeight][inputWidth][inputChannels].</param>
    /// <param name="packed">The output of <see cref="PackForwardWeights"/>.</param>
    /// <param name="output">[image][outputHeight][outputWidth][outputChannels].</param>
    /// <param name="scratch"><see cref="ConvolutionScratch"/> floats.</param>
    internal abstract void ConvolutionForward(
        in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch);

    /// <summary>The gradient of a convolution with respect to its input; the input gradient is overwritten.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="outputGradient">[image][outputHeight][outputWidth][outputChannels].</param>
    /// <param name="packed">The output of <see cref="PackBackwardWeights"/>.</param>
    /// <param name="inputGradient">[image][inputHeight][inputWidth][inputChannels].</param>
    /// <param name="scratch"><see cref="ConvolutionScratch"/> floats.</param>
    internal abstract void ConvolutionInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* packed, float* inputGradient, float* scratch);

    /// <summary>The number of floats of sums that <see cref="ConvolutionWeightGradient"/> writes.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int WeightSumsLength(in ConvolutionGeometry geometry);

    /// <summary>
    /// The gradient of a convolution with respect to its weights and bias, summed over the images; both are overwritten. The gradient of the weights is
    /// returned as sums in a layout that is specific to the kernel set. The sums of several calls may be added before <see cref="UnpackWeightSums"/> converts
    /// them to the gradient.
    /// </summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="input">[image][inputHeight][inputWidth][inputChannels].</param>
    /// <param name="outputGradient">[image][outputHeight][outputWidth][outputChannels].</param>
    /// <param name="weightSums"><see cref="WeightSumsLength"/> floats.</param>
    /// <param name="biasGradient">[outputChannels]; null if there is no bias.</param>
    /// <param name="scratch"><see cref="ConvolutionScratch"/> floats.</param>
    internal abstract void ConvolutionWeightGradient(
        in ConvolutionGeometry geometry, int images, float* input, float* outputGradient, float* weightSums, float* biasGradient, float* scratch);

    /// <summary>Converts the sums of <see cref="ConvolutionWeightGradient"/> to the gradient of the weights.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="weightSums"><see cref="WeightSumsLength"/> floats.</param>
    /// <param name="weightGradient">[outputChannels][inputChannels / groups][kernelHeight][kernelWidth].</param>
    internal abstract void UnpackWeightSums(in ConvolutionGeometry geometry, float* weightSums, float* weightGradient);
}
