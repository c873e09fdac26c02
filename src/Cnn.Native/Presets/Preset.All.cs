using Cnn.Data;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Presets;

// The presets. docs/accuracy.md says how their settings were chosen, and which accuracy they reach.
public sealed partial record Preset
{
    /// <summary>
    /// For networks that people train for as long as they like: Adam with its usual settings at a constant rate, so that a finished training can be extended.
    /// The average of the weights replaces a falling rate.
    /// </summary>
    private static readonly TrainingOptions Steady = new() { WeightAveraging = 0.998 };

    /// <summary>For networks with batch normalisation, which allow large steps, and one cycle of the learning rate over a training of a given length.</summary>
    private static readonly TrainingOptions Cycle = new()
    {
        BatchSize = 64,
        Optimizer = new AdamW(),
        LearningRate = 0.003,
        Schedule = new OneCycleSchedule(),
        LabelSmoothing = 0.05,
        WeightAveraging = 0.998,
    };

    /// <summary>
    /// For colour pictures: steps as large as the scaled logits allow, and pictures that are shifted and mirrored. One cycle that peaks after a quarter of the
    /// training (Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024).
    /// </summary>
    private static readonly TrainingOptions Colour = new()
    {
        BatchSize = 256,
        Optimizer = new Sgd { Momentum = 0.85, Nesterov = true, WeightDecay = 0.00133 },
        LearningRate = 0.5,
        Schedule = new OneCycleSchedule(),
        LabelSmoothing = 0.2,
        Augmentation = new Augmentation { Shift = 2, Mirror = true, Border = Border.Reflect },
    };

    private static readonly Shape Digit = new(1, 28, 28);
    private static readonly Shape Picture = new(3, 32, 32);

    private static readonly Layer[] LeNet5Layers =
    [
        new Convolution(6, 5, 5, Padding: 2), new Relu(), new MaxPooling(2),
        new Convolution(16, 5), new Relu(), new MaxPooling(2),
        new Flatten(),
        new Dense(120), new Relu(),
        new Dense(84), new Relu(),
        new Dense(10),
    ];

    /// <summary>All presets.</summary>
    public static IReadOnlyList<Preset> All { get; } = Array.AsReadOnly<Preset>(
    [
        new(
            "Baseline",
            "The network of the article \"Convolutional Neural Networks from the ground up\".",
            Digit,
            [
                new Convolution(8, 5), new Relu(),
                new Convolution(8, 5), new Relu(),
                new MaxPooling(2),
                new Flatten(),
                new Dense(128), new Relu(),
                new Dense(10),
            ],
            Steady)
        {
            Purpose = "Digits and other small grey images; a first try.",
            Reached = "98.9 % on MNIST, 3 seconds of training.",
        },
        new(
            "LeNet5",
            "LeNet-5 (LeCun, Bottou, Bengio and Haffner, \"Gradient-Based Learning Applied to Document Recognition\", 1998) "
            + "with ReLU for its sigmoids, max pooling for its averages and a full second convolution.",
            Digit,
            LeNet5Layers,
            Steady)
        {
            Purpose = "Digits and other small grey images.",
            Reached = "98.8 % on MNIST, 2 seconds of training.",
        },
        new(
            "Wide",
            "Two convolutions of 3×3 with many filters, the size of PyTorch's own MNIST example.",
            Digit,
            [
                new Convolution(32, 3), new Relu(),
                new Convolution(64, 3), new Relu(),
                new MaxPooling(2),
                new Flatten(),
                new Dense(128), new Relu(),
                new Dense(10),
            ],
            Steady)
        {
            Purpose = "Digits and other small grey images; to compare with other frameworks.",
        },
        new(
            "Fast",
            "LeNet5 with one cycle of the learning rate (Smith and Topin, \"Super-Convergence\", 2018).",
            Digit,
            LeNet5Layers,
            new TrainingOptions
            {
                Epochs = 6,
                BatchSize = 64,
                LearningRate = 0.01,
                Schedule = new OneCycleSchedule(),
                LabelSmoothing = 0.05,
                WeightAveraging = 0.99,
            })
        {
            Purpose = "Digits and other small grey images, in seconds.",
            Reached = "99.2 % on MNIST, 5 seconds of training.",
        },
        new(
            "Accurate",
            "Batch normalisation after every layer, convolutions with a stride for pooling, and images that are distorted differently in each epoch.",
            Digit,
            [
                .. Normalized(new Convolution(24, 3)),
                .. Normalized(new Convolution(24, 3)),
                .. Normalized(new Convolution(24, 5, 5, Stride: 2, Padding: 2)),
                .. Normalized(new Convolution(48, 3)),
                .. Normalized(new Convolution(48, 3)),
                .. Normalized(new Convolution(48, 5, 5, Stride: 2, Padding: 2)),
                new Flatten(),
                .. Normalized(new Dense(128)),
                new Dropout(0.3),
                new Dense(10),
            ],
            Cycle with { Epochs = 17, Augmentation = new Augmentation { Shift = 2, Rotation = 10, Scale = 0.1 } })
        {
            Purpose = "Digits, letters, clothes and other small grey images, in minutes.",
            Reached = "99.67 % on MNIST, 5 minutes of training.",
        },
        new(
            "Thorough",
            "Convolutions of 5×5, like those of An, Lee, Park, Yang and So, "
            + "\"An Ensemble of Simple Convolutional Neural Network Models for MNIST Digit Recognition\", 2020.",
            Digit,
            [
                .. Normalized(new Convolution(24, 5)),
                .. Normalized(new Convolution(40, 5, 5, Stride: 2, Padding: 2)),
                .. Normalized(new Convolution(64, 5)),
                .. Normalized(new Convolution(80, 5)),
                new Flatten(),
                .. Normalized(new Dense(128)),
                new Dropout(0.4),
                new Dense(10),
            ],
            Cycle with { Epochs = 20, Augmentation = new Augmentation { Shift = 2, Rotation = 15, Scale = 0.15, Shear = 10 } })
        {
            Purpose = "Digits, where the last tenth of a per cent counts.",
            Reached = "99.71 % on MNIST, 9 minutes of training; five models together 99.77 %.",
        },
        new(
            "ColourFast",
            "Three blocks of two convolutions on whitened pictures, after Jordan, \"94% on CIFAR-10 in 3.29 Seconds on a Single GPU\", 2024, with half of its filters.",
            Picture,
            ColourLayers(64, 128, 128),
            Colour with { Epochs = 6 })
        {
            Initialization = Initialization.Dirac,
            Purpose = "Colour pictures of about 32×32 pixels, in minutes.",
            Reached = "86.4 % on CIFAR-10 (87.1 % with mirrored test images), 5 to 7 minutes of training.",
        },
        new(
            "ColourThorough",
            "The network of ColourFast with as many filters as the paper has, trained for longer.",
            Picture,
            ColourLayers(64, 256, 256),
            Colour with { Epochs = 16, BatchSize = 512, LearningRate = 0.8 })
        {
            Initialization = Initialization.Dirac,
            Purpose = "Colour pictures of about 32×32 pixels, where accuracy counts.",
            Reached = "90.0 % on CIFAR-10 (90.5 % with mirrored test images), half an hour of training.",
        },
    ]);

    private static Layer[] Normalized(Layer layer) => [layer, new BatchNormalization(), new Relu()];

    /// <summary>Three blocks, each of which halves the rows and columns. The scaling keeps the logits of the untrained network near 0.</summary>
    private static Layer[] ColourLayers(int first, int second, int third) =>
    [
        new Whitening(), new Gelu(),
        .. ColourBlock(first),
        .. ColourBlock(second),
        .. ColourBlock(third),
        new MaxPooling(3),
        new Flatten(),
        new Scaling(0.1),
        new Dense(10),
    ];

    private static Layer[] ColourBlock(int filters) =>
    [
        new Convolution(filters, 3, 3, Padding: 1), new MaxPooling(2), new BatchNormalization(), new Gelu(),
        new Convolution(filters, 3, 3, Padding: 1), new BatchNormalization(), new Gelu(),
    ];
}
