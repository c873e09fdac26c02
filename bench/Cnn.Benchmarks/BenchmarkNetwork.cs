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
    /// <summary>The networks that are no presets, and the usual rows and columns of their colour pictures.</summary>
    private static readonly Dictionary<string, (int Size, Func<IEnumerable<Layer>> Layers)> Others = new()
    {
        ["SixConvolutions"] = (32, PublicNetworks.SixConvolutions),
        ["ResNet18"] = (64, PublicNetworks.ResNet18),
        ["MobileNetV2"] = (96, PublicNetworks.MobileNetV2),
        ["Depthwise"] = (32, PublicNetworks.Depthwise),
        ["Grouped"] = (32, PublicNetworks.Grouped),
        ["Strided"] = (32, PublicNetworks.Strided),
        ["Pointwise"] = (32, PublicNetworks.Pointwise),
    };

    /// <summary>Makes the network of a name.</summary>
    /// <param name="name">A preset, or one of <see cref="Others"/>.</param>
    /// <param name="images">How many training images are used.</param>
    /// <param name="size">Rows and columns of the pictures of a network that is no preset; 0 for its usual ones.</param>
    public static BenchmarkNetwork Create(string name, int images, int size = 0)
    {
        if (Others.TryGetValue(name, out (int Size, Func<IEnumerable<Layer>> Layers) other))
        {
            size = size > 0 ? size : other.Size;
            var shape = new Shape(3, size, size);

            // What is on the pictures changes no time: they are noise.
            return new BenchmarkNetwork(
                Cnn.Models.Model.Create(shape, [.. other.Layers()], seed: 1, name: name),
                new TrainingOptions { Seed = 1 },
                Noise(images, shape, seed: 1),
                Noise(size > 32 ? 1_000 : 10_000, shape, seed: 2));
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
