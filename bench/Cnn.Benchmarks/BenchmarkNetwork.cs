using Cnn.Data;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Training;

namespace Cnn.Benchmarks;

/// <summary>A network that is measured, with the images that it learns: a preset, or a public network on colour pictures.</summary>
/// <param name="Model">The model, with seed 1.</param>
/// <param name="Training">The settings of its training.</param>
/// <param name="Train">The training images.</param>
/// <param name="Test">The images that it is measured on.</param>
internal sealed record BenchmarkNetwork(Model Model, TrainingOptions Training, ImageSet Train, ImageSet Test)
{
    /// <summary>The networks that are no presets, and the shape of their images.</summary>
    private static readonly Dictionary<string, (Shape Input, Func<IEnumerable<Layer>> Layers)> Others = new()
    {
        ["SixConvolutions"] = (new Shape(3, 32, 32), PublicNetworks.SixConvolutions),
        ["ResNet18"] = (new Shape(3, 64, 64), PublicNetworks.ResNet18),
        ["MobileNetV2"] = (new Shape(3, 96, 96), PublicNetworks.MobileNetV2),
    };

    /// <summary>Makes the network of a name.</summary>
    /// <param name="name">A preset, <c>SixConvolutions</c>, <c>ResNet18</c> or <c>MobileNetV2</c>.</param>
    /// <param name="images">How many training images are used.</param>
    public static BenchmarkNetwork Create(string name, int images)
    {
        if (Others.TryGetValue(name, out (Shape Input, Func<IEnumerable<Layer>> Layers) other))
        {
            // What is on the pictures changes no time: they are noise.
            return new BenchmarkNetwork(
                Cnn.Models.Model.Create(other.Input, [.. other.Layers()], seed: 1, name: name),
                new TrainingOptions { Seed = 1 },
                Noise(images, other.Input, seed: 1),
                Noise(other.Input.Length > 4000 ? 1_000 : 10_000, other.Input, seed: 2));
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
