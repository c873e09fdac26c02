using Cnn.Data;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Training;

namespace Cnn.Presets;

// The presets themselves. How their settings were chosen, and what they reach, is in docs/accuracy.md.
public sealed partial record Preset
{
    /// <summary>
    /// For networks that people train for as long as they like: Adam as it is usual, at a constant rate, so that a training can be
    /// made longer when it is done. The average of the weights gives what a falling rate would.
    /// </summary>
    private static readonly TrainingOptions Steady = new() { WeightAveraging = 0.998 };

    /// <summary>For networks with batch normalisation, which allow a large step, and one cycle of the learning rate over a training whose length is given.</summary>
    private static readonly TrainingOptions Cycle = new()
    {
        BatchSize = 64,
        Optimizer = new AdamW(),
        LearningRate = 0.003,
        Schedule = new OneCycleSchedule(),
        LabelSmoothing = 0.05,
        WeightAveraging = 0.998,
    };

    private static readonly Shape Digit = new(1, 28, 28);

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
            Steady),
        new(
            "LeNet5",
            "LeNet-5 (LeCun, Bottou, Bengio and Haffner, \"Gradient-Based Learning Applied to Document Recognition\", 1998) "
            + "with ReLU for its sigmoids, max pooling for its averages and a full second convolution.",
            Digit,
            LeNet5Layers,
            Steady),
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
            Steady),
        new(
            "Fast",
            "99 % of MNIST's test images after some seconds: LeNet5 with one cycle of the learning rate "
            + "(Smith and Topin, \"Super-Convergence\", 2018).",
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
            }),
        new(
            "Accurate",
            "99.65 % of MNIST's test images after some minutes: batch normalisation after every layer, convolutions with a stride for pooling, and "
            + "images that are distorted differently in each epoch.",
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
            Cycle with { Epochs = 17, Augmentation = new Augmentation { Shift = 2, Rotation = 10, Scale = 0.1 } }),
        new(
            "Thorough",
            "99.7 % of MNIST's test images in a longer training, and 99.75 % for several models together: convolutions of 5×5, like those of An, Lee, Park, Yang and So, "
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
            Cycle with { Epochs = 20, Augmentation = new Augmentation { Shift = 2, Rotation = 15, Scale = 0.15, Shear = 10 } }),
    ]);

    private static Layer[] Normalized(Layer layer) => [layer, new BatchNormalization(), new Relu()];
}
