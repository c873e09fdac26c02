namespace Cnn.Kernels;

// Ten classes for each image are a thousandth of the work: the definition is fast enough here.
internal sealed unsafe partial class VectorKernels<V>
{
    private readonly ScalarKernels _scalar = new();

    /// <inheritdoc/>
    internal override void SoftmaxCrossEntropy(
        int images, int classes, float* logits, int* labels, float smoothing, float scale, float* loss, float* logitGradient) =>
        _scalar.SoftmaxCrossEntropy(images, classes, logits, labels, smoothing, scale, loss, logitGradient);

    /// <inheritdoc/>
    internal override void Softmax(int images, int classes, float* logits, float* probabilities) =>
        _scalar.Softmax(images, classes, logits, probabilities);
}
