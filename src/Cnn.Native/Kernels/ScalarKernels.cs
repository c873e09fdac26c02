namespace Cnn.Kernels;

/// <summary>
/// The kernels as plain loops straight from their definitions: the specification that every other set is tested against, and the fallback for processors
/// without vector kernels. Sums run in the order of the innermost loop.
/// </summary>
internal sealed unsafe partial class ScalarKernels : KernelSet
{
    /// <inheritdoc/>
    public override string Name => "scalar";

    /// <inheritdoc/>
    internal override int TileRows => 1;

    /// <inheritdoc/>
    internal override void Gemm(
        int m, int n, int k, float* a, int aRow, int aColumn, float* b, int bRow, int bColumn, float* c, int cRow, bool accumulate)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = 0;
                for (int p = 0; p < k; p++)
                {
                    sum += a[(i * aRow) + (p * aColumn)] * b[(p * bRow) + (j * bColumn)];
                }

                c[(i * cRow) + j] = accumulate ? c[(i * cRow) + j] + sum : sum;
            }
        }
    }

    /// <inheritdoc/>
    internal override void Col2Im(in ConvolutionGeometry geometry, float* columns, int firstRow, int rows, float* image)
    {
        ConvolutionGeometry g = geometry;
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            for (int column = 0; column < g.OutputWidth; column++)
            {
                for (int ky = 0; ky < g.KernelHeight; ky++)
                {
                    for (int kx = 0; kx < g.KernelWidth; kx++)
                    {
                        int y = (row * g.StrideY) - g.PaddingY + ky;
                        int x = (column * g.StrideX) - g.PaddingX + kx;
                        bool inside = y >= 0 && y < g.InputHeight && x >= 0 && x < g.InputWidth;
                        for (int channel = 0; channel < g.InputChannels; channel++, columns++)
                        {
                            if (inside)
                            {
                                image[(((y * g.InputWidth) + x) * g.InputChannels) + channel] += *columns;
                            }
                        }
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override void MaxPoolingForward(in PoolingGeometry geometry, int images, float* input, float* output, int* index)
    {
        PoolingGeometry g = geometry;
        for (int image = 0; image < images; image++, input += g.InputLength)
        {
            for (int row = 0; row < g.OutputHeight; row++)
            {
                for (int column = 0; column < g.OutputWidth; column++)
                {
                    (int top, int bottom) = g.Rows(row);
                    (int left, int right) = g.Columns(column);
                    for (int channel = 0; channel < g.Channels; channel++)
                    {
                        int best = (((top * g.InputWidth) + left) * g.Channels) + channel;
                        for (int y = top; y < bottom; y++)
                        {
                            for (int x = left; x < right; x++)
                            {
                                int candidate = (((y * g.InputWidth) + x) * g.Channels) + channel;
                                if (input[candidate] > input[best] || float.IsNaN(input[candidate]))
                                {
                                    best = candidate;
                                }
                            }
                        }

                        *output++ = input[best];
                        *index++ = best;
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override void MaxPoolingBackward(in PoolingGeometry geometry, int images, float* outputGradient, int* index, float* inputGradient)
    {
        PoolingGeometry g = geometry;
        new Span<float>(inputGradient, images * g.InputLength).Clear();
        for (int image = 0; image < images; image++, inputGradient += g.InputLength)
        {
            for (int i = 0; i < g.OutputLength; i++)
            {
                inputGradient[*index++] += *outputGradient++;
            }
        }
    }

    /// <inheritdoc/>
    internal override void DenseForward(int images, int inputs, int outputs, float* input, float* weight, float* bias, float* output)
    {
        for (int image = 0; image < images; image++)
        {
            for (int o = 0; o < outputs; o++)
            {
                float sum = bias == null ? 0 : bias[o];
                for (int i = 0; i < inputs; i++)
                {
                    sum += input[(image * inputs) + i] * weight[(o * inputs) + i];
                }

                output[(image * outputs) + o] = sum;
            }
        }
    }

    /// <inheritdoc/>
    internal override void DenseInputGradient(int images, int inputs, int outputs, float* outputGradient, float* weight, float* inputGradient) =>
        Gemm(images, inputs, outputs, outputGradient, outputs, 1, weight, inputs, 1, inputGradient, inputs, accumulate: false);

    /// <inheritdoc/>
    internal override void DenseWeightGradient(
        int images, int inputs, int outputs, int firstOutput, int outputCount, float* input, float* outputGradient, float* weightGradient, float* biasGradient)
    {
        Gemm(outputCount, inputs, images, outputGradient + firstOutput, 1, outputs, input, inputs, 1, weightGradient, inputs, accumulate: false);
        for (int o = 0; biasGradient != null && o < outputCount; o++)
        {
            float sum = 0;
            for (int image = 0; image < images; image++)
            {
                sum += outputGradient[(image * outputs) + firstOutput + o];
            }

            biasGradient[o] = sum;
        }
    }

    /// <inheritdoc/>
    internal override void ReluForward(int count, float* input, float* output)
    {
        for (int i = 0; i < count; i++)
        {
            output[i] = input[i] <= 0 ? 0 : input[i];
        }
    }

    /// <inheritdoc/>
    internal override void ReluBackward(int count, float* output, float* outputGradient, float* inputGradient)
    {
        for (int i = 0; i < count; i++)
        {
            inputGradient[i] = output[i] > 0 ? outputGradient[i] : 0;
        }
    }

    /// <inheritdoc/>
    internal override void SoftmaxCrossEntropy(
        int images, int classes, float* logits, int* labels, float smoothing, float scale, float* loss, float* logitGradient)
    {
        float share = smoothing / classes;
        for (int image = 0; image < images; image++, logits += classes, logitGradient += classes)
        {
            // How far the label and all classes together are below the largest logit: only differences, so that large logits cost no precision.
            float largest = Largest(classes, logits);
            float below = largest - logits[labels[image]];
            if (smoothing > 0)
            {
                below *= 1 - smoothing;
                for (int c = 0; c < classes; c++)
                {
                    below += share * (largest - logits[c]);
                }
            }

            float sum = Exponentials(classes, logits, largest, logitGradient);
            loss[image] = MathF.Log(sum) + below;
            for (int c = 0; c < classes; c++)
            {
                float target = (c == labels[image] ? 1 - smoothing : 0) + share;
                logitGradient[c] = ((logitGradient[c] / sum) - target) * scale;
            }
        }
    }

    /// <inheritdoc/>
    internal override void Softmax(int images, int classes, float* logits, float* probabilities)
    {
        for (int image = 0; image < images; image++, logits += classes, probabilities += classes)
        {
            float sum = Exponentials(classes, logits, Largest(classes, logits), probabilities);
            for (int c = 0; c < classes; c++)
            {
                probabilities[c] /= sum;
            }
        }
    }

    /// <inheritdoc/>
    internal override void Add(int count, float* source, float* target)
    {
        for (int i = 0; i < count; i++)
        {
            target[i] += source[i];
        }
    }

    /// <inheritdoc/>
    internal override void Normalize(int pixels, int channels, byte* bytes, float* scale, float* offset, float* output)
    {
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                *output++ = MathF.FusedMultiplyAdd(*bytes++, scale[channel], offset[channel]);
            }
        }
    }

    /// <inheritdoc/>
    internal override void ChannelsFirst(int images, int pixels, int channels, float* input, float* output)
    {
        for (int image = 0; image < images; image++, input += pixels * channels, output += pixels * channels)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                for (int pixel = 0; pixel < pixels; pixel++)
                {
                    output[(channel * pixels) + pixel] = input[(pixel * channels) + channel];
                }
            }
        }
    }

    private static float Largest(int classes, float* logits)
    {
        float largest = float.NegativeInfinity;
        for (int c = 0; c < classes; c++)
        {
            largest = MathF.Max(largest, logits[c]);
        }

        return largest;
    }

    /// <summary>Writes e^(x − largest) of each logit and returns the sum of what was written.</summary>
    private static float Exponentials(int classes, float* logits, float largest, float* exponentials)
    {
        float sum = 0;
        for (int c = 0; c < classes; c++)
        {
            exponentials[c] = MathF.Exp(logits[c] - largest);
            sum += exponentials[c];
        }

        return sum;
    }
}
