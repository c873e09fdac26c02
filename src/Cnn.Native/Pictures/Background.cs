namespace Cnn.Pictures;

/// <summary>
/// The background of a drawing: a polynomial of second degree in the position, by weighted least squares. Pixels far from the fit, the ink, lose their weight
/// (Cauchy's weights; Holland and Welsch, 1977). The result depends on the start. The fit starts once from the border, where ink is rare, and once from the
/// median of all values, which is the background's if the background is even; the better result counts.
/// </summary>
internal sealed class Background
{
    private const int Terms = 6;
    private const int Rounds = 15;

    /// <summary>The fit is made on a small picture, because the background is smooth.</summary>
    private const int MostSide = 64;

    /// <summary>The share of the width and the height that counts as border.</summary>
    private const double BorderPart = 0.12;

    /// <summary>Values of a scan are not exact: a smaller deviation counts as none.</summary>
    private const double LeastDeviation = 2;

    /// <summary>A deviation that does not belong to the background.</summary>
    private const double FarOff = 24;

    private readonly double[] _coefficients;
    private readonly int _width;
    private readonly int _height;

    private Background(double[] coefficients, int width, int height, float noise) => (_coefficients, _width, _height, Noise) = (coefficients, width, height, noise);

    /// <summary>The standard deviation of the background about this surface, from its median deviation.</summary>
    public float Noise { get; }

    /// <summary>Finds the background of a picture.</summary>
    /// <param name="picture">The picture, of one channel.</param>
    /// <returns>The background.</returns>
    public static Background Of(Picture picture)
    {
        Picture small = picture.Resize(Math.Min(picture.Width, MostSide), Math.Min(picture.Height, MostSide));
        int count = small.Pixels.Length;
        double[][] terms = [.. Enumerable.Range(0, count).Select(i => TermsOf(Scaled(i % small.Width, small.Width), Scaled(i / small.Width, small.Height)))];
        double middle = Median([.. small.Pixels.Select(value => (double)value)]);
        double[] fromBorder = [.. terms.Select(at => Math.Abs(at[1]) > 1 - (2 * BorderPart) || Math.Abs(at[2]) > 1 - (2 * BorderPart) ? 1.0 : 0.0)];
        double[] fromMiddle = Weights([.. small.Pixels.Select(value => Math.Abs(value - middle))]);
        double[] coefficients = new[] { fromMiddle, fromBorder }.Where(start => start.Any(weight => weight > 0)).Select(start => Fit(terms, start, small.Pixels)).MinBy(fit => Misfit(fit, terms, small.Pixels))!;
        Background background = new(coefficients, picture.Width, picture.Height, 0);
        return new Background(coefficients, picture.Width, picture.Height, background.NoiseOf(picture));
    }

    private static double[] Fit(double[][] terms, double[] weights, byte[] values)
    {
        double[] coefficients = Solve(terms, weights, values);
        for (int round = 1; round < Rounds; round++)
        {
            coefficients = Solve(terms, Weights(Deviations(coefficients, terms, values)), values);
        }

        return coefficients;
    }

    private static double[] Deviations(double[] coefficients, double[][] terms, byte[] values) =>
        [.. terms.Select((at, i) => Math.Abs(values[i] - Value(coefficients, at)))];

    private static double[] Weights(double[] deviations)
    {
        double scale = Math.Max(LeastDeviation, Median(deviations));
        return [.. deviations.Select(deviation => 1 / (1 + (deviation / scale * (deviation / scale))))];
    }

    /// <summary>How badly a surface fits most pixels: the contribution of a pixel is limited, so that ink, which is far from any background, does not dominate.</summary>
    private static double Misfit(double[] coefficients, double[][] terms, byte[] values) =>
        Deviations(coefficients, terms, values).Sum(deviation => Math.Min(deviation, FarOff));

    /// <summary>The background at a pixel.</summary>
    /// <param name="column">The column.</param>
    /// <param name="row">The row.</param>
    /// <returns>The value, which may be outside 0 to 255.</returns>
    public float At(int column, int row)
    {
        double x = Scaled(column, _width);
        double y = Scaled(row, _height);
        double[] c = _coefficients;
        return (float)(c[0] + (c[1] * x) + (c[2] * y) + (c[3] * x * x) + (c[4] * x * y) + (c[5] * y * y));
    }

    /// <summary>For a normal distribution the standard deviation is 1.4826 times the median deviation; a thousand pixels are enough.</summary>
    private float NoiseOf(Picture picture)
    {
        int step = Math.Max(1, picture.Pixels.Length / 4096);
        double[] deviations =
        [
            .. Enumerable.Range(0, (picture.Pixels.Length + step - 1) / step).Select(i => i * step)
                .Select(i => Math.Abs((double)picture.Pixels[i] - At(i % picture.Width, i / picture.Width))),
        ];
        double noise = 1.4826 * Median(deviations);
        return noise < 1 ? 0 : (float)noise;
    }

    private static double Scaled(int place, int size) => size == 1 ? 0 : (2.0 * place / (size - 1)) - 1;

    private static double[] TermsOf(double x, double y) => [1, x, y, x * x, x * y, y * y];

    private static double Value(double[] coefficients, double[] terms)
    {
        double sum = 0;
        for (int i = 0; i < Terms; i++)
        {
            sum += coefficients[i] * terms[i];
        }

        return sum;
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>Solves the normal equations by elimination. A small number added to the diagonal gives pictures of few pixels a solution.</summary>
    private static double[] Solve(double[][] terms, double[] weights, byte[] values)
    {
        double[,] system = new double[Terms, Terms + 1];
        for (int i = 0; i < terms.Length; i++)
        {
            for (int row = 0; row < Terms; row++)
            {
                double weighted = weights[i] * terms[i][row];
                for (int column = 0; column < Terms; column++)
                {
                    system[row, column] += weighted * terms[i][column];
                }

                system[row, Terms] += weighted * values[i];
            }
        }

        for (int i = 1; i < Terms; i++)
        {
            system[i, i] += 1e-6 * (1 + system[0, 0]);
        }

        // The matrix is positive definite: no pivoting is needed.
        for (int pivot = 0; pivot < Terms; pivot++)
        {
            for (int row = 0; row < Terms; row++)
            {
                double factor = row == pivot ? 0 : system[row, pivot] / system[pivot, pivot];
                for (int column = pivot; factor != 0 && column <= Terms; column++)
                {
                    system[row, column] -= factor * system[pivot, column];
                }
            }
        }

        return [.. Enumerable.Range(0, Terms).Select(i => system[i, Terms] / system[i, i])];
    }
}
