using Cnn.Layers;
using Cnn.Memory;

namespace Cnn.Models;

/// <summary>A network that has a name: data that can be printed, copied and changed.</summary>
/// <param name="Name">The name.</param>
/// <param name="Description">What it is and where it comes from.</param>
/// <param name="InputShape">The shape of an image.</param>
/// <param name="Layers">The layers, from the image to the logits.</param>
public sealed record Preset(string Name, string Description, Shape InputShape, IReadOnlyList<Layer> Layers)
{
    /// <summary>All presets.</summary>
    public static IReadOnlyList<Preset> All { get; } =
    [
        new(
            "Baseline",
            "The network of the article \"Convolutional Neural Networks from the ground up\".",
            new Shape(1, 28, 28),
            [
                new Convolution(8, 5), new Relu(),
                new Convolution(8, 5), new Relu(),
                new MaxPooling(2),
                new Flatten(),
                new Dense(128), new Relu(),
                new Dense(10),
            ]),
        new(
            "LeNet5",
            "LeNet-5 (LeCun, Bottou, Bengio and Haffner, \"Gradient-Based Learning Applied to Document Recognition\", 1998) "
            + "with ReLU for its sigmoids, max pooling for its averages and a full second convolution.",
            new Shape(1, 28, 28),
            [
                new Convolution(6, 5, 5, Padding: 2), new Relu(), new MaxPooling(2),
                new Convolution(16, 5), new Relu(), new MaxPooling(2),
                new Flatten(),
                new Dense(120), new Relu(),
                new Dense(84), new Relu(),
                new Dense(10),
            ]),
        new(
            "Wide",
            "Two convolutions of 3×3 with many filters, the size of PyTorch's own MNIST example.",
            new Shape(1, 28, 28),
            [
                new Convolution(32, 3), new Relu(),
                new Convolution(64, 3), new Relu(),
                new MaxPooling(2),
                new Flatten(),
                new Dense(128), new Relu(),
                new Dense(10),
            ]),
    ];

    /// <summary>The preset of a name.</summary>
    /// <param name="name">The name, in whatever case.</param>
    /// <returns>The preset.</returns>
    /// <exception cref="CnnException"><c>PresetUnknown</c>: there is none of that name.</exception>
    public static Preset Find(string name) =>
        All.FirstOrDefault(preset => preset.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new CnnException(
            "PresetUnknown",
            CnnErrorKind.InvalidArgument,
            $"There is no preset '{name}'. The presets are {string.Join(", ", All.Select(preset => preset.Name))}.")
        { Target = name };

    /// <summary>The same network for other images: its layers stay, but for the outputs of the last one.</summary>
    /// <param name="inputShape">The shape of an image.</param>
    /// <param name="classCount">The number of classes.</param>
    /// <returns>The changed preset; making a model of it checks whether the layers fit the shape.</returns>
    public Preset For(Shape inputShape, int classCount) =>
        this with { InputShape = inputShape, Layers = [.. Layers.SkipLast(1), (Dense)Layers[^1] with { Outputs = classCount }] };

    /// <summary>The number of classes that the last layer tells apart.</summary>
    public int ClassCount => ((Dense)Layers[^1]).Outputs;
}
