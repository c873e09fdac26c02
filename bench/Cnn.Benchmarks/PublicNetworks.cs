using Cnn.Layers;

namespace Cnn.Benchmarks;

/// <summary>Networks for colour pictures with ten classes: such as everybody knows, and such as consist of one kind of convolution.</summary>
internal static class PublicNetworks
{
    /// <summary>Six convolutions of 3×3 with 32 to 128 filters, each with batch normalisation and ReLU, pooling after each pair: the smaller VGG of many tutorials.</summary>
    public static IEnumerable<Layer> SixConvolutions() => [.. Pair(32), .. Pair(64), .. Pair(128), new Flatten(), new Dense(128), new Relu(), new Dense(10)];

    /// <summary>ResNet-18 (He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015).</summary>
    public static IEnumerable<Layer> ResNet18()
    {
        List<Layer> layers = [new Convolution(64, 7, 7, Stride: 2, Padding: 3), new BatchNormalization(), new Relu(), new MaxPooling(3, 2, Padding: 1)];
        int before = 64;
        foreach (int filters in new[] { 64, 64, 128, 128, 256, 256, 512, 512 })
        {
            bool isNarrower = filters != before;
            layers.AddRange(
            [
                new Convolution(filters, 3, 3, Stride: isNarrower ? 2 : 1, Padding: 1), new BatchNormalization(), new Relu(),
                new Convolution(filters, 3, 3, Padding: 1), new BatchNormalization(),
                .. isNarrower ? (Layer[])[new Convolution(filters, 1, 1, Stride: 2), new BatchNormalization(), new Residual(5, 2)] : [new Residual(5)],
                new Relu(),
            ]);
            before = filters;
        }

        return [.. layers, new GlobalAveragePooling(), new Flatten(), new Dense(10)];
    }

    /// <summary>MobileNetV2 (Sandler, Howard, Zhu, Zhmoginov and Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018).</summary>
    public static IEnumerable<Layer> MobileNetV2()
    {
        List<Layer> layers = [new Convolution(32, 3, 3, Stride: 2, Padding: 1), new BatchNormalization(), new Relu6()];
        int channels = 32;
        foreach ((int expansion, int filters, int blocks, int stride) in new[]
        {
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
        })
        {
            for (int block = 0; block < blocks; block++)
            {
                int step = block == 0 ? stride : 1;
                int inner = channels * expansion;
                Layer[] layersOfBlock =
                [
                    .. expansion == 1 ? (Layer[])[] : [new Convolution(inner, 1), new BatchNormalization(), new Relu6()],
                    new Convolution(inner, 3, 3, Stride: step, Padding: 1, Groups: inner), new BatchNormalization(), new Relu6(),
                    new Convolution(filters, 1), new BatchNormalization(),
                ];
                layers.AddRange(layersOfBlock);
                if (step == 1 && channels == filters)
                {
                    layers.Add(new Residual(layersOfBlock.Length));
                }

                channels = filters;
            }
        }

        return [.. layers, new Convolution(1280, 1), new BatchNormalization(), new Relu6(), new GlobalAveragePooling(), new Flatten(), new Dropout(0.2), new Dense(10)];
    }

    /// <summary>Four convolutions of 3×3, each with one filter for each of 64 channels.</summary>
    public static IEnumerable<Layer> Depthwise() => OfOneKind(64, new Convolution(64, 3, 3, Padding: 1, Groups: 64), 4);

    /// <summary>Four convolutions of 3×3 with 64 filters in four groups.</summary>
    public static IEnumerable<Layer> Grouped() => OfOneKind(64, new Convolution(64, 3, 3, Padding: 1, Groups: 4), 4);

    /// <summary>Three convolutions of 3×3 with 64 filters and a stride of 2.</summary>
    public static IEnumerable<Layer> Strided() => OfOneKind(64, new Convolution(64, 3, 3, Stride: 2, Padding: 1), 3);

    /// <summary>Four convolutions of one pixel with 128 filters.</summary>
    public static IEnumerable<Layer> Pointwise() => OfOneKind(128, new Convolution(128, 1), 4);

    /// <summary>A convolution of one pixel makes the channels, the others follow, each with ReLU.</summary>
    private static IEnumerable<Layer> OfOneKind(int channels, Convolution convolution, int count) =>
    [
        new Convolution(channels, 1), new Relu(),
        .. Enumerable.Repeat<Layer[]>([convolution, new Relu()], count).SelectMany(layers => layers),
        new GlobalAveragePooling(), new Flatten(), new Dense(10),
    ];

    private static IEnumerable<Layer> Pair(int filters) =>
    [
        new Convolution(filters, 3, 3, Padding: 1), new BatchNormalization(), new Relu(),
        new Convolution(filters, 3, 3, Padding: 1), new BatchNormalization(), new Relu(),
        new MaxPooling(2),
    ];
}
