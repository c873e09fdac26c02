using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Numerics;

namespace Cnn.Data;

/// <summary>Distorts images for one worker, from bytes to normalised floats; it owns all the memory that it needs.</summary>
/// <remarks>
/// The elastic distortion is not smoothed pixel by pixel. A cubic B-spline over random control points √3·σ apart is nearly a Gaussian of deviation σ. So a
/// surface over a grid with a random origin has the strength and smoothness of the field in the paper, for a few hundred products.
/// </remarks>
internal sealed unsafe class Augmenter : IDisposable
{
    /// <summary>The aspect ratio of the erased rectangle: 0.3 to 1, up to the reciprocal (Zhong et al.).</summary>
    private const double LeastAspect = 0.3;

    /// <summary>The mean over t of the sum of the squares of the four cubic B-spline weights: the share of a control point's variance that remains in one direction.</summary>
    private const double SplineVariance = 151.0 / 315;

    private readonly Augmentation _augmentation;
    private readonly Shape _shape;
    private readonly KernelSet _kernels;
    private readonly WarpBounds _bounds;
    private readonly SplineGeometry _spline;
    private readonly float _largestControl;
    private readonly NativeBuffer<float> _controls;
    private readonly NativeBuffer<float> _displacement;
    private readonly NativeBuffer<float> _scratch;
    private readonly NativeBuffer<byte> _coloured;

    /// <summary>Allocates the memory.</summary>
    /// <param name="augmentation">The augmentation; a copy that nobody else can change, because the memory depends on it.</param>
    /// <param name="shape">The shape of an image.</param>
    /// <param name="kernels">The kernels that run.</param>
    public Augmenter(Augmentation augmentation, Shape shape, KernelSet kernels)
    {
        _augmentation = augmentation;
        _shape = shape;
        _kernels = kernels;
        _spline = SplineOf(augmentation, shape);
        _bounds = augmentation.Border switch
        {
            Border.Black => WarpBounds.Black(shape.Height, shape.Width),
            Border.Edge => WarpBounds.Edge(shape.Height, shape.Width),
            _ => WarpBounds.Reflect(shape.Height, shape.Width),
        };

        // Uniform from −c to c has the variance c²/3.
        _largestControl = (float)(augmentation.ElasticDisplacement * Math.Sqrt(3) / SplineVariance);
        (long controls, long displacement, long scratch) = Lengths(augmentation, shape, kernels);
        _controls = new NativeBuffer<float>(controls);
        _displacement = new NativeBuffer<float>(displacement);
        _scratch = new NativeBuffer<float>(scratch);
        _coloured = new NativeBuffer<byte>(ColouredLength(augmentation, shape));
    }

    /// <summary>The number of bytes that it allocates.</summary>
    /// <param name="augmentation">The augmentation.</param>
    /// <param name="shape">The shape of an image.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <returns>The number of bytes.</returns>
    public static long BytesFor(Augmentation augmentation, Shape shape, KernelSet kernels)
    {
        (long controls, long displacement, long scratch) = Lengths(augmentation, shape, kernels);
        return NativeHeap.BytesOf<float>(controls) + NativeHeap.BytesOf<float>(displacement) + NativeHeap.BytesOf<float>(scratch)
            + NativeHeap.BytesOf<byte>(ColouredLength(augmentation, shape));
    }

    /// <summary>Distorts one image and normalises it.</summary>
    /// <param name="pixels">[row][column][channel] of the image.</param>
    /// <param name="random">The random numbers of the image.</param>
    /// <param name="isMirrored">Whether the image is mirrored this time.</param>
    /// <param name="scale">[channel]: the factor of a pixel.</param>
    /// <param name="offset">[channel]: the offset added after it; so this is the value of black.</param>
    /// <param name="output">[row][column][channel].</param>
    public void Load(byte* pixels, RandomStream random, bool isMirrored, float* scale, float* offset, float* output)
    {
        Shape shape = _shape;
        if (_augmentation.ChangesColours)
        {
            ColourJitter.Of(_augmentation, ref random).Apply(new ReadOnlySpan<byte>(pixels, shape.Length), shape.Channels, _coloured.Span(0, shape.Length));
            pixels = _coloured.Pointer;
        }

        AugmentationDraw draw = AugmentationDraw.Of(_augmentation, isMirrored, ref random);
        if (_augmentation.ElasticStrength > 0)
        {
            Displace(ref random);
            Warp(pixels, draw, _displacement.Pointer, scale, offset, output);
        }
        else if (draw == AugmentationDraw.None)
        {
            _kernels.Normalize(shape.Height * shape.Width, shape.Channels, pixels, scale, offset, output);
        }
        else
        {
            Warp(pixels, draw, null, scale, offset, output);
        }

        if (random.NextDouble() < _augmentation.EraseProbability)
        {
            Erase(ref random, offset, output);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _controls.Dispose();
        _displacement.Dispose();
        _scratch.Dispose();
        _coloured.Dispose();
    }

    /// <summary>Bytes of an image with other colours.</summary>
    private static int ColouredLength(Augmentation augmentation, Shape shape) => augmentation.ChangesColours ? shape.Length : 0;

    private static SplineGeometry SplineOf(Augmentation augmentation, Shape shape)
    {
        float step = (float)(1 / (augmentation.ElasticSmoothness * Math.Sqrt(3)));
        return new SplineGeometry(
            2, shape.Height, shape.Width, SplineGeometry.ControlsFor(shape.Height, step), SplineGeometry.ControlsFor(shape.Width, step), step, 0, 0);
    }

    private static (long Controls, long Displacement, long Scratch) Lengths(Augmentation augmentation, Shape shape, KernelSet kernels)
    {
        int warp = kernels.WarpScratch(shape.Channels, shape.Height, shape.Width);
        if (augmentation.ElasticStrength == 0)
        {
            return (0, 0, warp);
        }

        SplineGeometry spline = SplineOf(augmentation, shape);
        return (2L * spline.Rows * spline.Columns, 2L * shape.Height * shape.Width, Math.Max(warp, kernels.SplineScratch(spline)));
    }

    private void Warp(byte* pixels, in AugmentationDraw draw, float* displacement, float* scale, float* offset, float* output) => _kernels.Warp(
        _shape.Channels, _shape.Height, _shape.Width, pixels, draw.Map(_shape), _bounds, displacement, scale, offset, output, _scratch.Pointer);

    /// <summary>Draws a surface of displacements in x and another one in y.</summary>
    private void Displace(ref RandomStream random)
    {
        const float Unit = 1f / (1 << 16) / (1 << 15);
        SplineGeometry spline = _spline with { StartX = NextStart(ref random), StartY = NextStart(ref random) };

        // Half of 64 random bits each.
        int length = _spline.Rows * _spline.Columns;
        float* x = _controls.Pointer;
        float* y = x + length;
        for (int i = 0; i < length; i++)
        {
            ulong bits = random.NextUInt64();
            x[i] = (int)bits * Unit * _largestControl;
            y[i] = (int)(bits >> 32) * Unit * _largestControl;
        }

        _kernels.SplineSurfaces(spline, _controls.Pointer, _displacement.Pointer, _scratch.Pointer);
    }

    /// <summary>A uniform number in [0, 1) that stays below 1 as a float.</summary>
    private static float NextStart(ref RandomStream random) => (random.NextUInt64() >> 40) * (1f / (1 << 24));

    /// <summary>Makes a rectangle black. A rectangle that is longer than a side is cut off there.</summary>
    private void Erase(ref RandomStream random, float* black, float* output)
    {
        double least = Math.Min(Augmentation.LeastErased, _augmentation.EraseArea);
        double area = (least + ((_augmentation.EraseArea - least) * random.NextDouble())) * _shape.Height * _shape.Width;
        double aspect = LeastAspect + (((1 / LeastAspect) - LeastAspect) * random.NextDouble());
        int height = Math.Clamp((int)Math.Round(Math.Sqrt(area * aspect)), 1, _shape.Height);
        int width = Math.Clamp((int)Math.Round(Math.Sqrt(area / aspect)), 1, _shape.Width);
        int top = random.NextInt32(_shape.Height - height + 1);
        int left = random.NextInt32(_shape.Width - width + 1);
        int channels = _shape.Channels;
        for (int row = top; row < top + height; row++)
        {
            float* pixel = output + (((row * _shape.Width) + left) * channels);
            for (int i = 0; i < width * channels; i++)
            {
                pixel[i] = black[i % channels];
            }
        }
    }
}
