using Cnn.Numerics;

namespace Cnn.Data;

/// <summary>
/// Changes the brightness, the contrast and the saturation of an image by random factors, like <c>ColorJitter</c> of torchvision: brightness multiplies every
/// value, contrast moves it away from the mean of the image's grey values or towards it, saturation moves it away from the pixel's own grey value or towards
/// it. The three are one linear map of a pixel, so values are rounded and clipped once.
/// </summary>
/// <param name="Brightness">The factor of the brightness; 1 for no change.</param>
/// <param name="Contrast">The factor of the contrast.</param>
/// <param name="Saturation">The factor of the saturation.</param>
internal readonly record struct ColourJitter(float Brightness, float Contrast, float Saturation)
{
    // The share of each colour in the grey value (ITU-R BT.601).
    private const float Red = 0.299f;
    private const float Green = 0.587f;
    private const float Blue = 0.114f;

    /// <summary>Draws the factors for one image.</summary>
    /// <param name="augmentation">The strengths: a factor is uniform from 1 − strength to 1 + strength.</param>
    /// <param name="random">The random numbers of the image.</param>
    /// <returns>The factors.</returns>
    public static ColourJitter Of(Augmentation augmentation, ref RandomStream random) => new(
        Factor(augmentation.Brightness, ref random), Factor(augmentation.Contrast, ref random), Factor(augmentation.Saturation, ref random));

    /// <summary>Changes an image.</summary>
    /// <param name="pixels">[row][column][channel], 0 to 255.</param>
    /// <param name="channels">The number of channels; saturation counts only with three.</param>
    /// <param name="output">[row][column][channel].</param>
    public void Apply(ReadOnlySpan<byte> pixels, int channels, Span<byte> output)
    {
        float factor = Brightness * Contrast;
        float summand = (1 - Contrast) * Brightness * MeanGrey(pixels, channels);
        if (channels != 3)
        {
            for (int i = 0; i < pixels.Length; i++)
            {
                output[i] = ToByte((factor * pixels[i]) + summand);
            }

            return;
        }

        for (int i = 0; i < pixels.Length; i += 3)
        {
            float grey = ((1 - Saturation) * factor * GreyOf(pixels, i)) + summand;
            for (int channel = 0; channel < 3; channel++)
            {
                output[i + channel] = ToByte((Saturation * factor * pixels[i + channel]) + grey);
            }
        }
    }

    private static float MeanGrey(ReadOnlySpan<byte> pixels, int channels)
    {
        double sum = 0;
        if (channels != 3)
        {
            foreach (byte value in pixels)
            {
                sum += value;
            }

            return (float)(sum / pixels.Length);
        }

        for (int i = 0; i < pixels.Length; i += 3)
        {
            sum += GreyOf(pixels, i);
        }

        return (float)(sum * 3 / pixels.Length);
    }

    private static float GreyOf(ReadOnlySpan<byte> pixels, int i) => (Red * pixels[i]) + (Green * pixels[i + 1]) + (Blue * pixels[i + 2]);

    private static byte ToByte(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    private static float Factor(double strength, ref RandomStream random) => (float)(1 + AugmentationDraw.UpTo(strength, ref random));
}
