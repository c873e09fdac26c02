namespace Cnn.Kernels;

// Sums over thousands of pixels are computed in double precision.
internal sealed unsafe partial class ScalarKernels
{
    /// <inheritdoc/>
    internal override void ChannelMoments(int pixels, int channels, float* input, float* mean, float* squares)
    {
        for (int channel = 0; channel < channels; channel++)
        {
            double sum = 0;
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                sum += input[(pixel * channels) + channel];
            }

            double center = sum / Math.Max(1, pixels);
            double deviations = 0;
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                double deviation = input[(pixel * channels) + channel] - center;
                deviations += deviation * deviation;
            }

            mean[channel] = (float)center;
            squares[channel] = (float)deviations;
        }
    }

    /// <inheritdoc/>
    internal override void ChannelProducts(int pixels, int channels, float* input, float* mean, float* outputGradient, float* sum, float* product)
    {
        for (int channel = 0; channel < channels; channel++)
        {
            double gradients = 0;
            double products = 0;
            for (int i = channel; i < pixels * channels; i += channels)
            {
                gradients += outputGradient[i];
                products += (double)outputGradient[i] * ((double)input[i] - mean[channel]);
            }

            sum[channel] = (float)gradients;
            product[channel] = (float)products;
        }
    }

    /// <inheritdoc/>
    internal override void BatchNormalizationForward(
        int pixels, int channels, float* input, float* mean, float* scale, float* shift, float* output)
    {
        for (int i = 0; i < pixels * channels; i++)
        {
            int channel = i % channels;
            output[i] = MathF.FusedMultiplyAdd(input[i] - mean[channel], scale[channel], shift[channel]);
        }
    }

    /// <inheritdoc/>
    internal override void BatchNormalizationBackward(
        int pixels, int channels, float* input, float* outputGradient, float* mean, float* scale, float* slope, float* shift, float* inputGradient)
    {
        for (int i = 0; i < pixels * channels; i++)
        {
            int channel = i % channels;
            float byInput = MathF.FusedMultiplyAdd(input[i] - mean[channel], slope[channel], shift[channel]);
            inputGradient[i] = MathF.FusedMultiplyAdd(outputGradient[i], scale[channel], byInput);
        }
    }
}
