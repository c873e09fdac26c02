using Cnn.Data;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Training;

namespace Cnn.Benchmarks;

/// <summary>A network that is measured, with the images that it learns: a preset, or a wide network on colour pictures.</summary>
/// <param name="Model">The model, with seed 1.</param>
/// <param name="Training">The settings of its training.</param>
/// <param name="Train">The training images.</param>
/// <param name="Test">The images that it is measured on.</param>
internal sealed record BenchmarkNetwork(Model Model, TrainingOptions Training, ImageSet Train, ImageSet Test)
{
    /// <summary>Six convolutions of 3×3 with 32 to 128 filters, each with batch normalisation and ReLU, pooling after each pair: the smaller VGG of many tutorials.</summary>
    public const string SixConvolutions = "SixConvolutions";

    /// <summary>Makes the network of a name.</summary>
    /// <param name="name">A preset, or <see cref="SixConvolutions"/>.</param>
    /// <param name="images">How many training images are used.</param>
    public static BenchmarkNetwork Create(string name, int images)
    {
        if (name == SixConvolutions)
        {
            // What is on the pictures changes no time: they are noise.
            var shape = new Shape(3, 32, 32);
            return new BenchmarkNetwork(
                Cnn.Models.Model.Create(
                    shape,
                    [.. Pair(32), .. Pair(64), .. Pair(128), new Flatten(), new Dense(128), new Relu(), new Dense(10)],
                    seed: 1,
                    name: name),
                new TrainingOptions { Seed = 1 },
                Noise(images, shape, seed: 1),
                Noise(10_000, shape, seed: 2));
        }

        Preset preset = Preset.Find(name);
        if (preset.InputShape.Channels > 1)
        {
            return new BenchmarkNetwork(
                preset.CreateModel(seed: 1), preset.Training, Noise(images, preset.InputShape, seed: 1), Noise(10_000, preset.InputShape, seed: 2));
        }

        var loader = new DatasetLoader();
        ImageSet train = loader.Load(Dataset.Mnist, DataSubset.Train);
        return new BenchmarkNetwork(preset.CreateModel(seed: 1), preset.Training, train.Slice(0, Math.Min(images, train.Count)), loader.Load(Dataset.Mnist, DataSubset.Test));
    }

    private static IEnumerable<Layer> Pair(int filters) =>
    [
        new Convolution(filters, 3, 3, Padding: 1), new BatchNormalization(), new Relu(),
        new Convolution(filters, 3, 3, Padding: 1), new BatchNormalization(), new Relu(),
        new MaxPooling(2),
    ];

    private static ImageSet Noise(int count, Shape shape, int seed)
    {
        var random = new Random(seed);
        byte[] pixels = new byte[count * shape.Length];
        random.NextBytes(pixels);
        byte[] labels = new byte[count];
        for (int image = 0; image < count; image++)
        {
            labels[image] = (byte)random.Next(10);
        }

        return new ImageSet(pixels, labels, shape, [.. Enumerable.Range(0, 10).Select(label => $"{label}")], "noise");
    }
}
