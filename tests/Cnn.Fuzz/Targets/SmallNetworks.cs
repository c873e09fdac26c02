using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Fuzz.Targets;

/// <summary>Networks that cost little, and what is done with those that a file brought.</summary>
internal static class SmallNetworks
{
    /// <summary>A pass of an image through a larger network would take too long to be done a million times.</summary>
    private const double MostOperations = 50e6;

    /// <summary>The values of one image between all layers; more would be a matter of memory, not of the file.</summary>
    private const long MostActivations = 1 << 20;

    /// <summary>The shape of the images that the small networks see.</summary>
    public static readonly Shape ImageShape = new(1, 8, 8);

    /// <summary>A network with most kinds of layers.</summary>
    public static IReadOnlyList<Layer> Layers =>
    [
        new Convolution(4, 3, 3, 1, 1), new BatchNormalization(), new Relu(), new MaxPooling(2), new Convolution(4, 3, 3, 1, 1, 1, 2),
        new Convolution(4, 3, 3, 1, 1), new Residual(1), new AveragePooling(2), new Dropout(0.1), new Flatten(), new Dense(8), new LeakyRelu(), new Dense(3),
    ];

    /// <summary>A network with the other kinds.</summary>
    public static IReadOnlyList<Layer> OtherLayers =>
    [
        new Convolution(6, 5, 5, 2, 2, 2, 3), new Gelu(), new BatchNormalization(), new Convolution(6, 3, 3, 1, 1, 1, 6), new Sigmoid(),
        new GlobalAveragePooling(), new Flatten(), new Dense(4), new Tanh(), new Dense(5),
    ];

    /// <summary>A network with branches and padded pooling.</summary>
    public static IReadOnlyList<Layer> BranchLayers =>
    [
        new Convolution(4, 3, 3, 1, 1), new Relu6(), new Convolution(6, 3, 3, 2, 1), new Tanh(), new Convolution(6, 1, 1, 2), new BatchNormalization(), new Residual(2, 2),
        new MaxPooling(3, 2, 1), new AveragePooling(3, 1, 1, true), new GlobalAveragePooling(), new Dense(4),
    ];

    /// <summary>A network whose layers have other numbers for rows than for columns.</summary>
    public static IReadOnlyList<Layer> UnevenLayers =>
    [
        new Convolution(4, 3, 2, new PerAxis(1, 2), new PerAxis(2, 1), new PerAxis(2, 1)), new Relu(), new MaxPooling(new PerAxis(2, 3), new PerAxis(1, 2), new PerAxis(0, 2)),
        new AveragePooling(new PerAxis(3, 1), new PerAxis(2, 1), new PerAxis(1, 0), true), new Flatten(), new Dense(4),
    ];

    /// <summary>A network whose layers have no biases, before a normalisation and alone.</summary>
    public static IReadOnlyList<Layer> BareLayers =>
    [
        new Convolution(4, 3, 3, 1, 1, HasBias: false), new BatchNormalization(), new Relu(), new Convolution(4, 3, 3, 1, 1, 1, 4, HasBias: false), new Flatten(),
        new Dense(5, HasBias: false), new BatchNormalization(), new Dense(4, HasBias: false),
    ];

    /// <summary>Images of noise; the same numbers make the same images.</summary>
    /// <param name="count">How many.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>The images.</returns>
    public static ImageSet Images(int count, Shape shape, int classes)
    {
        byte[] pixels = new byte[count * shape.Length];
        new Random(1).NextBytes(pixels);
        byte[] labels = [.. Enumerable.Range(0, count).Select(image => (byte)(image % classes))];
        return new ImageSet(pixels, labels, shape, [.. Enumerable.Range(0, classes).Select(label => $"c{label}")], "noise");
    }

    /// <summary>Whether an image goes through a network in little time and memory.</summary>
    /// <param name="model">The network.</param>
    /// <returns>Whether it does.</returns>
    public static bool IsSmall(Model model) =>
        model.ForwardOperations <= MostOperations && model.Shapes.Sum(shape => (long)shape.Length) <= MostActivations;

    /// <summary>Measures a network, or an ensemble of some, on two images, if it is small.</summary>
    /// <param name="model">The network.</param>
    public static void Measure(IClassifier model)
    {
        if (model is Ensemble ensemble ? ensemble.Models.Count <= 8 && ensemble.Models.All(IsSmall) : IsSmall((Model)model))
        {
            Evaluator.Measure(model, Images(2, model.InputShape, model.ClassCount), threads: 1);
        }
    }

    /// <summary>Takes one step of a training.</summary>
    /// <param name="trainer">The training.</param>
    public static void TakeStep(Trainer trainer)
    {
        using CancellationTokenSource stop = new();
        trainer.Run(_ => stop.Cancel(), stop.Token);
    }
}
