using Cnn.Kernels;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Presets;

namespace Cnn.Benchmarks;

/// <summary>A kernel with a shape, made from the layers of the presets.</summary>
public sealed unsafe class KernelCase
{
    private const int Images = 4;
    private readonly string _name;
    private readonly Func<KernelSet, NewBuffer, Action> _prepare;

    private KernelCase(string name, double operations, Func<KernelSet, NewBuffer, Action> prepare)
    {
        _name = name;
        Operations = operations;
        _prepare = prepare;
    }

    /// <summary>Makes a buffer and returns its address.</summary>
    /// <param name="length">Number of floats.</param>
    /// <param name="value">The value at each place.</param>
    /// <returns>The address.</returns>
    public delegate nint NewBuffer(int length, Func<int, float> value);

    /// <summary>Every convolution and dense layer of the presets, and a middle layer of a larger network.</summary>
    public static IReadOnlyList<KernelCase> All { get; } =
    [
        .. Preset.All.DistinctBy(preset => preset.Layers).SelectMany(Of),
        .. ConvolutionCases("64 to 64 3×3 at 14×14", new ConvolutionGeometry(64, 14, 14, 64, 3, 3, 1, 1, 1, 1)),
        new KernelCase("Adam, 100,000 parameters", 0, (kernels, buffer) =>
        {
            nint parameters = buffer(100_000, Value);
            nint gradient = buffer(100_000, Value);
            nint first = buffer(100_000, Value);
            nint second = buffer(100_000, index => Math.Abs(Value(index)));
            var step = new AdamStep(0.001f, 0.9f, 0.999f, 1e-8f, 0.5f, 0.5f);
            return () => kernels.Adam(100_000, (float*)parameters, (float*)gradient, (float*)first, (float*)second, step);
        }),
        new KernelCase("Warp, an image 1×28×28", 0, (kernels, buffer) =>
        {
            nint image = buffer(28 * 28 / sizeof(float), Value);
            nint displacement = buffer(2 * 28 * 28, Value);
            nint scale = buffer(1, _ => 1);
            nint output = buffer(28 * 28, Value);
            nint scratch = buffer(kernels.WarpScratch(1, 28, 28), Value);
            var map = new AffineMap(0.98f, 0.17f, -2, -0.17f, 0.98f, 2);
            return () => kernels.Warp(
                1, 28, 28, (byte*)image, map, WarpBounds.Black(28, 28), (float*)displacement, (float*)scale, (float*)scale, (float*)output, (float*)scratch);
        }),
        new KernelCase("Spline surfaces, two of 28×28 with σ = 4", 0, (kernels, buffer) =>
        {
            const float Step = 0.144f;
            int side = SplineGeometry.ControlsFor(28, Step);
            var geometry = new SplineGeometry(2, 28, 28, side, side, Step, 0.3f, 0.6f);
            nint controls = buffer(2 * side * side, Value);
            nint values = buffer(2 * 28 * 28, Value);
            nint scratch = buffer(kernels.SplineScratch(geometry), Value);
            return () => kernels.SplineSurfaces(geometry, (float*)controls, (float*)values, (float*)scratch);
        }),
    ];

    /// <summary>Dense operations of one run, two for each multiplication with its addition.</summary>
    public double Operations { get; }

    /// <summary>Makes the buffers and returns what is measured.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="buffer">Makes a buffer.</param>
    /// <returns>The run.</returns>
    public Action Prepare(KernelSet kernels, NewBuffer buffer) => _prepare(kernels, buffer);

    /// <summary>The name.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _name;

    private static IEnumerable<KernelCase> Of(Preset preset)
    {
        var model = new Model(preset.InputShape, preset.Layers);
        for (int index = 0; index < model.Layers.Count; index++)
        {
            Shape input = model.Shapes[index];
            string name = $"{preset.Name} {model.Layers[index]}";
            IEnumerable<KernelCase> cases = model.Layers[index] switch
            {
                Convolution c => ConvolutionCases(
                    name,
                    new ConvolutionGeometry(
                        input.Channels, input.Height, input.Width, c.Filters, c.KernelHeight, c.KernelWidth,
                        c.Stride.Height, c.Stride.Width, c.Padding.Height, c.Padding.Width)),
                Dense d => DenseCases(name, input.Channels, d.Outputs),
                _ => [],
            };
            foreach (KernelCase kernel in cases)
            {
                yield return kernel;
            }
        }
    }

    private static List<KernelCase> ConvolutionCases(string name, ConvolutionGeometry g)
    {
        double operations = 2.0 * Images * g.OutputLength * g.PatchLength;
        List<KernelCase> cases = [];
        cases.Add(new KernelCase($"{name}: forward", operations, (kernels, buffer) =>
        {
            nint input = buffer(Images * g.InputLength, Value);
            nint weight = buffer(g.WeightLength, Value);
            nint bias = buffer(g.OutputChannels, Value);
            nint output = buffer(Images * g.OutputLength, Value);
            nint scratch = buffer(kernels.ConvolutionScratch(g), Value);
            nint packed = buffer(kernels.ForwardWeightsLength(g), Value);
            kernels.PackForwardWeights(g, (float*)weight, (float*)bias, (float*)packed);
            return () => kernels.ConvolutionForward(g, Images, (float*)input, (float*)packed, (float*)output, (float*)scratch);
        }));
        foreach ((string density, Func<int, float> gradient) in
            new (string, Func<int, float>)[] { ("dense", Value), ("one in five", index => index % 5 == 0 ? Value(index) : 0) })
        {
            cases.Add(new KernelCase($"{name}: weight gradient, {density}", operations, (kernels, buffer) =>
            {
                nint input = buffer(Images * g.InputLength, Value);
                nint outputGradient = buffer(Images * g.OutputLength, gradient);
                nint weightSums = buffer(kernels.WeightSumsLength(g), Value);
                nint biasGradient = buffer(g.OutputChannels, Value);
                nint scratch = buffer(kernels.ConvolutionScratch(g), Value);
                return () => kernels.ConvolutionWeightGradient(
                    g, Images, (float*)input, (float*)outputGradient, (float*)weightSums, (float*)biasGradient, (float*)scratch);
            }));
            cases.Add(new KernelCase($"{name}: input gradient, {density}", operations, (kernels, buffer) =>
            {
                nint outputGradient = buffer(Images * g.OutputLength, gradient);
                nint weight = buffer(g.WeightLength, Value);
                nint inputGradient = buffer(Images * g.InputLength, Value);
                nint scratch = buffer(kernels.ConvolutionScratch(g), Value);
                nint packed = buffer(kernels.BackwardWeightsLength(g), Value);
                kernels.PackBackwardWeights(g, (float*)weight, (float*)packed);
                return () => kernels.ConvolutionInputGradient(
                    g, Images, (float*)outputGradient, (float*)packed, (float*)inputGradient, (float*)scratch);
            }));
        }

        return cases;
    }

    private static List<KernelCase> DenseCases(string name, int inputs, int outputs)
    {
        double operations = 2.0 * Images * inputs * outputs;
        List<KernelCase> cases = [];
        cases.Add(new KernelCase($"{name}: forward", operations, (kernels, buffer) =>
        {
            nint input = buffer(Images * inputs, Value);
            nint weight = buffer(outputs * inputs, Value);
            nint bias = buffer(outputs, Value);
            nint output = buffer(Images * outputs, Value);
            return () => kernels.DenseForward(Images, inputs, outputs, (float*)input, (float*)weight, (float*)bias, (float*)output);
        }));
        cases.Add(new KernelCase($"{name}: input gradient", operations, (kernels, buffer) =>
        {
            nint outputGradient = buffer(Images * outputs, Value);
            nint weight = buffer(outputs * inputs, Value);
            nint inputGradient = buffer(Images * inputs, Value);
            return () => kernels.DenseInputGradient(Images, inputs, outputs, (float*)outputGradient, (float*)weight, (float*)inputGradient);
        }));
        cases.Add(new KernelCase($"{name}: weight gradient of 32 images", 8 * operations, (kernels, buffer) =>
        {
            nint input = buffer(8 * Images * inputs, Value);
            nint outputGradient = buffer(8 * Images * outputs, Value);
            nint weightGradient = buffer(outputs * inputs, Value);
            nint biasGradient = buffer(outputs, Value);
            return () => kernels.DenseWeightGradient(
                8 * Images, inputs, outputs, 0, outputs, (float*)input, (float*)outputGradient, (float*)weightGradient, (float*)biasGradient);
        }));
        return cases;
    }

    /// <summary>Some value between −0.5 and 0.5, never 0, the same each time.</summary>
    private static float Value(int index) => (((index % 1009 * 7919 % 1009) + 0.25f) / 1009) - 0.5f;
}
