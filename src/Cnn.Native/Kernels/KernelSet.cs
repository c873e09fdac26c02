namespace Cnn.Kernels;

/// <summary>
/// The contract of the kernels: raw pointers and explicit sizes, no allocation, no knowledge of layers. A kernel reads and writes only the memory given by
/// its sizes, and needs no alignment.
/// </summary>
/// <remarks>
/// <para>
/// Activations are stored channels-last, [image][row][column][channel], because the few channels of a small network then fill a vector without a tail at the
/// end of each row, and because a row of an im2col patch is a run of neighbouring floats. Weights are stored as in the model file:
/// [filter][channel][row][column] for a convolution, [output][input] for a dense layer.
/// </para>
/// <para>
/// Outputs do not overlap inputs, unless a kernel says so. A method that takes "scratch" may write anything there. Sizes are positive; a count of images may
/// be 0, and then only sums over the images are written, which are 0.
/// </para>
/// <para>
/// The operations trust their pointers, so only the engine can call them, and only the engine can add a set. Outside code can only pass a set on.
/// </para>
/// </remarks>
public abstract unsafe partial class KernelSet
{
    private protected KernelSet()
    {
    }

    /// <summary>The name by which <c>CNN_KERNELS</c> asks for this set.</summary>
    public abstract string Name { get; }

    /// <summary>The number of rows that fills the tiles of a product: if a product is cut into pieces, multiples of this leave no partly filled tiles.</summary>
    internal abstract int TileRows { get; }

    /// <summary>
    /// C = A·B, or C += A·B with <paramref name="accumulate"/>. The strides allow transposed operands: element (i, j) of A is at <c>a[i·aRow +
    /// j·aColumn]</c>, and likewise for B; the columns of C are contiguous.
    /// </summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="a">A.</param>
    /// <param name="aRow">Floats between two rows of A.</param>
    /// <param name="aColumn">Floats between two columns of A.</param>
    /// <param name="b">B.</param>
    /// <param name="bRow">Floats between two rows of B.</param>
    /// <param name="bColumn">Floats between two columns of B; this or <paramref name="bRow"/> is 1.</param>
    /// <param name="c">C.</param>
    /// <param name="cRow">Floats between two rows of C.</param>
    /// <param name="accumulate">Whether the product is added to C.</param>
    internal abstract void Gemm(
        int m, int n, int k, float* a, int aRow, int aColumn, float* b, int bRow, int bColumn, float* c, int cRow, bool accumulate);

    /// <summary>
    /// The transpose of im2col, which lays out the patches of some output rows of a convolution as a matrix [rows·outputWidth][ky][kx][channel]: it adds each
    /// value of such a matrix to the input value that it belongs to. Values outside the image are left out.
    /// </summary>
    /// <param name="geometry">The sizes, without dilation and in one group.</param>
    /// <param name="columns">The matrix, [rows·outputWidth][ky][kx][channel].</param>
    /// <param name="firstRow">The first output row.</param>
    /// <param name="rows">Number of output rows.</param>
    /// <param name="image">One image, [inputHeight][inputWidth][inputChannels], that is added to.</param>
    internal abstract void Col2Im(in ConvolutionGeometry geometry, float* columns, int firstRow, int rows, float* image);

    /// <summary>Max pooling. Of equal maxima the first in the order of memory wins; a NaN wins over every number, and padding over none.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="input">[image][inputHeight][inputWidth][channels].</param>
    /// <param name="output">[image][outputHeight][outputWidth][channels].</param>
    /// <param name="index">For each output, the index of the maximum in the input of its image.</param>
    internal abstract void MaxPoolingForward(in PoolingGeometry geometry, int images, float* input, float* output, int* index);

    /// <summary>The gradient of max pooling: each output's gradient goes to the position of its maximum; the input gradient is overwritten.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="outputGradient">[image][outputHeight][outputWidth][channels].</param>
    /// <param name="index">The indices from <see cref="MaxPoolingForward"/>.</param>
    /// <param name="inputGradient">[image][inputHeight][inputWidth][channels].</param>
    internal abstract void MaxPoolingBackward(in PoolingGeometry geometry, int images, float* outputGradient, int* index, float* inputGradient);

    /// <summary>A dense layer: output = input·weightᵀ, plus a bias if there is one.</summary>
    /// <param name="images">Number of images.</param>
    /// <param name="inputs">Features of the input.</param>
    /// <param name="outputs">Features of the output.</param>
    /// <param name="input">[image][inputs].</param>
    /// <param name="weight">[outputs][inputs].</param>
    /// <param name="bias">[outputs]; null if there is none.</param>
    /// <param name="output">[image][outputs].</param>
    internal abstract void DenseForward(int images, int inputs, int outputs, float* input, float* weight, float* bias, float* output);

    /// <summary>The gradient of a dense layer with respect to its input, outputGradient·weight; it is overwritten.</summary>
    /// <param name="images">Number of images.</param>
    /// <param name="inputs">Features of the input.</param>
    /// <param name="outputs">Features of the output.</param>
    /// <param name="outputGradient">[image][outputs].</param>
    /// <param name="weight">[outputs][inputs].</param>
    /// <param name="inputGradient">[image][inputs].</param>
    internal abstract void DenseInputGradient(int images, int inputs, int outputs, float* outputGradient, float* weight, float* inputGradient);

    /// <summary>
    /// The gradient of a dense layer with respect to the weights and biases of some of its outputs,
    /// summed over the images in their order; both are overwritten.
    /// </summary>
    /// <param name="images">Number of images.</param>
    /// <param name="inputs">Features of the input.</param>
    /// <param name="outputs">Features of the output, of the whole layer.</param>
    /// <param name="firstOutput">The first output whose weight gradient is computed.</param>
    /// <param name="outputCount">The number of outputs whose weight gradients are computed.</param>
    /// <param name="input">[image][inputs].</param>
    /// <param name="outputGradient">[image][outputs].</param>
    /// <param name="weightGradient">[outputCount][inputs]: the first row belongs to <paramref name="firstOutput"/>.</param>
    /// <param name="biasGradient">[outputCount]; null if there is no bias.</param>
    internal abstract void DenseWeightGradient(
        int images, int inputs, int outputs, int firstOutput, int outputCount, float* input, float* outputGradient, float* weightGradient, float* biasGradient);

    /// <summary>ReLU, max(0, x); NaN stays NaN. The output may be the input.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="input">x.</param>
    /// <param name="output">max(0, x).</param>
    internal abstract void ReluForward(int count, float* input, float* output);

    /// <summary>The gradient of ReLU: 0 where the output is 0 (also at x = 0). The input gradient may be the output gradient.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="output">The output of <see cref="ReluForward"/>.</param>
    /// <param name="outputGradient">The gradient with respect to the output.</param>
    /// <param name="inputGradient">The gradient with respect to x.</param>
    internal abstract void ReluBackward(int count, float* output, float* outputGradient, float* inputGradient);

    /// <summary>
    /// Softmax with categorical cross-entropy, stable for any finite logits: the largest logit is subtracted before the exponential. With smoothing ε, the
    /// target is 1 − ε for the label plus ε in equal parts for all classes (Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception
    /// Architecture for Computer Vision", 2016, section 7).
    /// </summary>
    /// <param name="images">Number of images.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="logits">[image][classes].</param>
    /// <param name="labels">[image], each less than <paramref name="classes"/>.</param>
    /// <param name="smoothing">ε, 0 to 1; with 0 the label alone is the target.</param>
    /// <param name="scale">The factor of the gradient: 1 / images of the batch for a mean.</param>
    /// <param name="loss">[image], −Σ target · ln probability, in nats.</param>
    /// <param name="logitGradient">[image][classes], (softmax − target) · scale; may be the logits.</param>
    internal abstract void SoftmaxCrossEntropy(
        int images, int classes, float* logits, int* labels, float smoothing, float scale, float* loss, float* logitGradient);

    /// <summary>Softmax, stable for any finite logits. The probabilities may be written over the logits.</summary>
    /// <param name="images">Number of images.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="logits">[image][classes].</param>
    /// <param name="probabilities">[image][classes]; each row adds up to 1.</param>
    internal abstract void Softmax(int images, int classes, float* logits, float* probabilities);

    /// <summary>target += source.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="source">The values to add.</param>
    /// <param name="target">The target of the addition.</param>
    internal abstract void Add(int count, float* source, float* target);

    /// <summary>Bytes to floats: pixel · scale[channel] + offset[channel], in one rounding.</summary>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="bytes">[pixel][channel].</param>
    /// <param name="scale">[channel].</param>
    /// <param name="offset">[channel].</param>
    /// <param name="output">[pixel][channel].</param>
    internal abstract void Normalize(int pixels, int channels, byte* bytes, float* scale, float* offset, float* output);

    /// <summary>[image][row][column][channel] to [image][channel][row][column], the order in which features leave a flatten layer.</summary>
    /// <param name="images">Number of images.</param>
    /// <param name="pixels">Rows times columns of an image.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="input">[image][pixels][channels].</param>
    /// <param name="output">[image][channels][pixels].</param>
    internal abstract void ChannelsFirst(int images, int pixels, int channels, float* input, float* output);

    /// <summary>The inverse of <see cref="ChannelsFirst"/>.</summary>
    /// <param name="images">Number of images.</param>
    /// <param name="pixels">Rows times columns of an image.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="input">[image][channels][pixels].</param>
    /// <param name="output">[image][pixels][channels].</param>
    internal void ChannelsLast(int images, int pixels, int channels, float* input, float* output) =>
        ChannelsFirst(images, channels, pixels, input, output);
}
