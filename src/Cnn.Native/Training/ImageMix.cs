using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Numerics;

namespace Cnn.Training;

/// <summary>
/// How the images of one batch are mixed: each with its partner, the image before it in the batch (the first one with the last). Blended, an image is
/// λ times itself and 1 − λ times its partner (Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", 2018). Cut, a rectangle of its
/// partner replaces that part of it (Yun, Han, Oh, Chun, Choe and Yoo, "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable
/// Features", 2019). The loss counts both labels by their shares.
/// </summary>
/// <param name="Share">λ, the share of the image itself: 0 to 1, and 1 where nothing is mixed.</param>
/// <param name="Top">The first row of the rectangle.</param>
/// <param name="Left">Its first column.</param>
/// <param name="Height">Its rows; 0 where images are blended.</param>
/// <param name="Width">Its columns.</param>
internal readonly record struct ImageMix(float Share, int Top, int Left, int Height, int Width)
{
    /// <summary>The random stream of a step that no layer draws from: those have the low numbers.</summary>
    private const ulong Stream = ulong.MaxValue;

    /// <summary>Nothing is mixed.</summary>
    public static ImageMix None { get; } = new(1, 0, 0, 0, 0);

    /// <summary>Whether images are mixed.</summary>
    public bool IsMixed => Share < 1;

    /// <summary>Draws how a batch is mixed. Where a training blends and cuts, each batch is as likely to be the one as the other.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="noise">64 random bits of the step.</param>
    /// <param name="shape">The shape of an image.</param>
    /// <returns>The mix.</returns>
    public static ImageMix Draw(TrainingOptions options, ulong noise, Shape shape)
    {
        if (!options.IsMixing)
        {
            return None;
        }

        var random = new RandomStream(noise, Stream);
        bool isCut = options.MixUp == 0 || (options.CutMix > 0 && random.NextInt32(2) == 1);
        double share = Beta(ref random, isCut ? options.CutMix : options.MixUp);
        if (!isCut)
        {
            return new ImageMix((float)share, 0, 0, 0, 0);
        }

        // The middle of the rectangle may be anywhere, so a part of the rectangle may lie outside of the image; the share counts what lies inside.
        double side = Math.Sqrt(1 - share);
        (int top, int height) = Range(ref random, shape.Height, side);
        (int left, int width) = Range(ref random, shape.Width, side);
        return height * width == 0 ? None : new ImageMix(1 - ((float)(height * width) / (shape.Height * shape.Width)), top, left, height, width);
    }

    /// <summary>Mixes an image with its partner.</summary>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="shape">The shape of both.</param>
    /// <param name="partner">[row][column][channel] of the partner.</param>
    /// <param name="image">The same of the image; it changes.</param>
    public unsafe void Apply(KernelSet kernels, Shape shape, float* partner, float* image)
    {
        if (Height == 0)
        {
            kernels.MovingAverage(shape.Length, Share, partner, image);
            return;
        }

        int length = Width * shape.Channels;
        for (int row = Top; row < Top + Height; row++)
        {
            int start = ((row * shape.Width) + Left) * shape.Channels;
            new ReadOnlySpan<float>(partner + start, length).CopyTo(new Span<float>(image + start, length));
        }
    }

    /// <summary>The rows, or the columns, of a rectangle that lie inside of the image.</summary>
    private static (int Start, int Length) Range(ref RandomStream random, int length, double side)
    {
        int middle = random.NextInt32(length);
        int half = (int)(length * side / 2);
        int start = Math.Max(0, middle - half);
        return (start, Math.Min(length, middle + half) - start);
    }

    /// <summary>A number from Beta(α, α): x / (x + y) for two numbers from Gamma(α).</summary>
    private static double Beta(ref RandomStream random, double alpha)
    {
        double x = LogGamma(ref random, alpha);
        double y = LogGamma(ref random, alpha);
        return 1 / (1 + Math.Exp(y - x));
    }

    /// <summary>
    /// The logarithm of a number from Gamma(α), which for a small α is too small for a double
    /// (Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", 2000; for α below 1 their power of a uniform number).
    /// </summary>
    private static double LogGamma(ref RandomStream random, double alpha)
    {
        double shape = alpha < 1 ? alpha + 1 : alpha;
        double power = alpha < 1 ? Math.Log(1 - random.NextDouble()) / alpha : 0;
        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = random.NextNormal();
            double cube = Math.Pow(1 + (c * normal), 3);
            if (cube > 0 && Math.Log(1 - random.NextDouble()) < (normal * normal / 2) + d - (d * cube) + (d * Math.Log(cube)))
            {
                return Math.Log(d * cube) + power;
            }
        }
    }
}
