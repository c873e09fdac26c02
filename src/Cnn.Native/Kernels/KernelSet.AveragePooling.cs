namespace Cnn.Kernels;

public abstract unsafe partial class KernelSet
{
    /// <summary>Average pooling: the mean of each window, in which padding counts as zeros or not at all.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="input">[image][inputHeight][inputWidth][channels].</param>
    /// <param name="output">[image][outputHeight][outputWidth][channels].</param>
    internal abstract void AveragePoolingForward(in PoolingGeometry geometry, int images, float* input, float* output);

    /// <summary>The gradient of average pooling: each pixel of a window gets an equal share; the input gradient is overwritten.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="outputGradient">[image][outputHeight][outputWidth][channels].</param>
    /// <param name="inputGradient">[image][inputHeight][inputWidth][channels].</param>
    internal abstract void AveragePoolingBackward(in PoolingGeometry geometry, int images, float* outputGradient, float* inputGradient);
}
