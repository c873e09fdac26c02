namespace Cnn.Kernels;

// Convolution. Its weights are packed once a step, for all shards, in a form that is each set's own: the passes read only that. So too
// what the shards make of their gradient: it is added up in the set's form, and laid out like the weights when all shards are added.
public abstract unsafe partial class KernelSet
{
    /// <summary>How many floats of scratch the three passes of a convolution need.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats, whatever the number of images.</returns>
    internal abstract int ConvolutionScratch(in ConvolutionGeometry geometry);

    /// <summary>How many floats <see cref="PackForwardWeights"/> writes.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int ForwardWeightsLength(in ConvolutionGeometry geometry);

    /// <summary>Lays weights and biases as <see cref="ConvolutionForward"/> reads them.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="weight">[outputChannels][inputChannels / groups][kernelHeight][kernelWidth].</param>
    /// <param name="bias">[outputChannels].</param>
    /// <param name="packed"><see cref="ForwardWeightsLength"/> floats.</param>
    internal abstract void PackForwardWeights(in ConvolutionGeometry geometry, float* weight, float* bias, float* packed);

    /// <summary>How many floats <see cref="PackBackwardWeights"/> writes.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int BackwardWeightsLength(in ConvolutionGeometry geometry);

    /// <summary>Lays weights as <see cref="ConvolutionInputGradient"/> reads them.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="weight">[outputChannels][inputChannels / groups][kernelHeight][kernelWidth].</param>
    /// <param name="packed"><see cref="BackwardWeightsLength"/> floats.</param>
    internal abstract void PackBackwardWeights(in ConvolutionGeometry geometry, float* weight, float* packed);

    /// <summary>Convolution (cross-correlation, as everywhere in this field) with bias.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="input">[image][inputHeight][inputWidth][inputChannels].</param>
    /// <param name="packed">What <see cref="PackForwardWeights"/> made of the weights and biases.</param>
    /// <param name="output">[image][outputHeight][outputWidth][outputChannels].</param>
    /// <param name="scratch"><see cref="ConvolutionScratch"/> floats.</param>
    internal abstract void ConvolutionForward(
        in ConvolutionGeometry geometry, int images, float* input, float* packed, float* output, float* scratch);

    /// <summary>The gradient of a convolution with respect to its input; the input gradient is overwritten.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="outputGradient">[image][outputHeight][outputWidth][outputChannels].</param>
    /// <param name="packed">What <see cref="PackBackwardWeights"/> made of the weights.</param>
    /// <param name="inputGradient">[image][inputHeight][inputWidth][inputChannels].</param>
    /// <param name="scratch"><see cref="ConvolutionScratch"/> floats.</param>
    internal abstract void ConvolutionInputGradient(
        in ConvolutionGeometry geometry, int images, float* outputGradient, float* packed, float* inputGradient, float* scratch);

    /// <summary>How many floats of sums <see cref="ConvolutionWeightGradient"/> writes.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <returns>The number of floats.</returns>
    internal abstract int WeightSumsLength(in ConvolutionGeometry geometry);

    /// <summary>
    /// The gradient of a convolution with respect to its weights and bias, summed over the images; both are overwritten. That of the weights
    /// comes as sums in a form of the set's own. The sums of several calls may be added before <see cref="UnpackWeightSums"/> makes the gradient of them.
    /// </summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="input">[image][inputHeight][inputWidth][inputChannels].</param>
    /// <param name="outputGradient">[image][outputHeight][outputWidth][outputChannels].</param>
    /// <param name="weightSums"><see cref="WeightSumsLength"/> floats.</param>
    /// <param name="biasGradient">[outputChannels].</param>
    /// <param name="scratch"><see cref="ConvolutionScratch"/> floats.</param>
    internal abstract void ConvolutionWeightGradient(
        in ConvolutionGeometry geometry, int images, float* input, float* outputGradient, float* weightSums, float* biasGradient, float* scratch);

    /// <summary>Makes the gradient of the weights of what <see cref="ConvolutionWeightGradient"/> summed.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="weightSums"><see cref="WeightSumsLength"/> floats.</param>
    /// <param name="weightGradient">[outputChannels][inputChannels / groups][kernelHeight][kernelWidth].</param>
    internal abstract void UnpackWeightSums(in ConvolutionGeometry geometry, float* weightSums, float* weightGradient);
}
