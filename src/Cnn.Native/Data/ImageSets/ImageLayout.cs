namespace Cnn.Data;

/// <summary>In which order the values of an image stand.</summary>
public enum ImageLayout
{
    /// <summary>[row][column][channel]: the channels of a pixel beside each other, as in PNG and BMP.</summary>
    ChannelsLast,

    /// <summary>[channel][row][column]: plane after plane, as in PyTorch and in the files of CIFAR.</summary>
    ChannelsFirst,
}
