namespace Cnn.Data;

/// <summary>The order of the values of an image.</summary>
public enum ImageLayout
{
    /// <summary>[row][column][channel]: the channels of a pixel side by side, as in PNG and BMP.</summary>
    ChannelsLast,

    /// <summary>[channel][row][column]: plane after plane, as in PyTorch and in the files of CIFAR.</summary>
    ChannelsFirst,
}
