namespace Cnn.Kernels;

// The channel operations of batch normalisation (Ioffe and Szegedy, 2015). "Pixels" are those of all images of a shard.
public abstract unsafe partial class KernelSet
{
    /// <summary>The mean of each channel, and the sum of the squares of its deviations from it; both are 0 for no pixels.</summary>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="input">[pixel][channel].</param>
    /// <param name="mean">[channel]: Σx / pixels.</param>
    /// <param name="squares">[channel]: Σ(x − mean)².</param>
    internal abstract void ChannelMoments(int pixels, int channels, float* input, float* mean, float* squares);

    /// <summary>The sums for each channel that the gradient of batch normalisation needs.</summary>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="input">x, [pixel][channel].</param>
    /// <param name="mean">[channel].</param>
    /// <param name="outputGradient">g, [pixel][channel].</param>
    /// <param name="sum">[channel]: Σg.</param>
    /// <param name="product">[channel]: Σg · (x − mean).</param>
    internal abstract void ChannelProducts(int pixels, int channels, float* input, float* mean, float* outputGradient, float* sum, float* product);

    /// <summary>output = (x − mean) · scale + shift, channel by channel. The output may be the input.</summary>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="input">x, [pixel][channel].</param>
    /// <param name="mean">[channel].</param>
    /// <param name="scale">[channel].</param>
    /// <param name="shift">[channel].</param>
    /// <param name="output">[pixel][channel].</param>
    internal abstract void BatchNormalizationForward(
        int pixels, int channels, float* input, float* mean, float* scale, float* shift, float* output);

    /// <summary>
    /// inputGradient = g · scale + (x − mean) · slope + shift, channel by channel: with slope and shift from the sums over the whole batch, this is the
    /// gradient of batch normalisation. The input gradient may be the output gradient.
    /// </summary>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="input">x, [pixel][channel].</param>
    /// <param name="outputGradient">g, [pixel][channel].</param>
    /// <param name="mean">[channel].</param>
    /// <param name="scale">[channel].</param>
    /// <param name="slope">[channel].</param>
    /// <param name="shift">[channel].</param>
    /// <param name="inputGradient">[pixel][channel].</param>
    internal abstract void BatchNormalizationBackward(
        int pixels, int channels, float* input, float* outputGradient, float* mean, float* scale, float* slope, float* shift, float* inputGradient);
}
