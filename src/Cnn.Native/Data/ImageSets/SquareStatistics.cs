using Cnn.Memory;

namespace Cnn.Data;

/// <summary>The mean and the covariance of the small squares at all positions in images.</summary>
internal static class SquareStatistics
{
    /// <summary>A few thousand images are as informative as all, and this many squares are summed in a second.</summary>
    private const int MostSquares = 1 << 22;

    /// <summary>Computes them from images at even intervals in a set.</summary>
    /// <param name="images">The images; at least one.</param>
    /// <param name="side">Rows and columns of a square, at most those of an image.</param>
    /// <param name="scale">[channel]: the factor of a pixel.</param>
    /// <param name="offset">[channel]: the offset added after it.</param>
    /// <returns>The mean, [value], and the covariance, [value][value]; the values of a square are [channel][row][column].</returns>
    public static (double[] Mean, double[] Covariance) Of(ImageSet images, int side, ReadOnlySpan<float> scale, ReadOnlySpan<float> offset)
    {
        Shape shape = images.ImageShape;
        int size = shape.Channels * side * side;
        int squares = (shape.Height - side + 1) * (shape.Width - side + 1);
        int count = Math.Clamp(MostSquares / squares, 1, images.Count);
        double[] sums = new double[size];
        double[] products = new double[size * size];
        double[] square = new double[size];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> pixels = images.Image((int)((long)i * images.Count / count));
            for (int row = 0; row <= shape.Height - side; row++)
            {
                for (int column = 0; column <= shape.Width - side; column++)
                {
                    Read(pixels, shape, side, row, column, scale, offset, square);
                    Add(square, sums, products);
                }
            }
        }

        double total = (double)count * squares;
        double[] mean = [.. sums.Select(sum => sum / total)];
        double[] covariance = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                covariance[(i * size) + j] = covariance[(j * size) + i] = (products[(i * size) + j] / total) - (mean[i] * mean[j]);
            }
        }

        return (mean, covariance);
    }

    private static void Read(
        ReadOnlySpan<byte> pixels, Shape shape, int side, int row, int column, ReadOnlySpan<float> scale, ReadOnlySpan<float> offset, double[] square)
    {
        int at = 0;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            for (int y = row; y < row + side; y++)
            {
                for (int x = column; x < column + side; x++)
                {
                    square[at++] = (pixels[(((y * shape.Width) + x) * shape.Channels) + channel] * scale[channel]) + offset[channel];
                }
            }
        }
    }

    /// <summary>Adds a square to the sums, and its products to the lower half of the matrix.</summary>
    private static void Add(double[] square, double[] sums, double[] products)
    {
        int size = square.Length;
        for (int i = 0; i < size; i++)
        {
            double value = square[i];
            sums[i] += value;
            Span<double> line = products.AsSpan(i * size, i + 1);
            for (int j = 0; j < line.Length; j++)
            {
                line[j] += value * square[j];
            }
        }
    }
}
