namespace Cnn.Kernels;

// Distorted images: the displacement surfaces, and the lookup of each pixel at the position given by the map and the displacement.
internal sealed unsafe partial class ScalarKernels
{
    /// <inheritdoc/>
    internal override int WarpScratch(int channels, int height, int width) => 0;

    /// <inheritdoc/>
    internal override void Warp(
        int channels, int height, int width, byte* image, in AffineMap map, in WarpBounds bounds, float* displacement, float* scale, float* offset, float* output, float* scratch)
    {
        int pixels = height * width;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            int row = pixel / width;
            int column = pixel % width;
            float x = MathF.FusedMultiplyAdd(map.XX, column, MathF.FusedMultiplyAdd(map.XY, row, map.X));
            float y = MathF.FusedMultiplyAdd(map.YX, column, MathF.FusedMultiplyAdd(map.YY, row, map.Y));
            if (displacement != null)
            {
                x += displacement[pixel];
                y += displacement[pixels + pixel];
            }

            // One pixel beyond the edge, nothing of the image is left; NaN counts as beyond the edge too.
            x = Within(x, bounds.LeastX, bounds.MostX, bounds.PeriodX);
            y = Within(y, bounds.LeastY, bounds.MostY, bounds.PeriodY);
            int left = (int)MathF.Floor(x);
            int top = (int)MathF.Floor(y);
            float right = x - left;
            float below = y - top;
            for (int channel = 0; channel < channels; channel++)
            {
                float Pixel(int atRow, int atColumn) =>
                    atRow >= 0 && atRow < height && atColumn >= 0 && atColumn < width ? image[(((atRow * width) + atColumn) * channels) + channel] : 0;

                float upper = Between(Pixel(top, left), Pixel(top, left + 1), right);
                float lower = Between(Pixel(top + 1, left), Pixel(top + 1, left + 1), right);
                *output++ = MathF.FusedMultiplyAdd(Between(upper, lower, below), scale[channel], offset[channel]);
            }
        }
    }

    /// <inheritdoc/>
    internal override int SplineScratch(in SplineGeometry geometry) => 0;

    /// <inheritdoc/>
    internal override void SplineSurfaces(in SplineGeometry geometry, float* controls, float* values, float* scratch)
    {
        SplineGeometry g = geometry;
        for (int surface = 0; surface < g.Surfaces; surface++, controls += g.Rows * g.Columns)
        {
            for (int row = 0; row < g.Height; row++)
            {
                float v = MathF.FusedMultiplyAdd(row, g.Step, g.StartY);
                for (int column = 0; column < g.Width; column++)
                {
                    float u = MathF.FusedMultiplyAdd(column, g.Step, g.StartX);
                    float sum = 0;
                    for (int i = 0; i < 4; i++)
                    {
                        for (int j = 0; j < 4; j++)
                        {
                            float control = controls[(((int)v + i) * g.Columns) + (int)u + j];
                            sum += SplineWeight(i, v - (int)v) * SplineWeight(j, u - (int)u) * control;
                        }
                    }

                    *values++ = sum;
                }
            }
        }
    }

    /// <summary>A position that is reflected into the image if there is a period, and clamped to two limits; NaN becomes the lower limit.</summary>
    private static float Within(float position, float least, float most, float period)
    {
        if (period > 0)
        {
            float turns = MathF.Floor(position * (1 / period));
            position = MathF.FusedMultiplyAdd(-turns, period, position);
            position = MathF.Min(position, period - position);
        }

        return position > least ? MathF.Min(position, most) : least;
    }

    /// <summary>Linear interpolation from a to b.</summary>
    private static float Between(float a, float b, float share) => MathF.FusedMultiplyAdd(share, b - a, a);

    /// <summary>The weight of one of the four control points around t, 0 ≤ t &lt; 1: one piece of the cubic B-spline each.</summary>
    private static float SplineWeight(int point, float t) => point switch
    {
        0 => (1 - t) * (1 - t) * (1 - t) / 6,
        1 => ((((3 * t) - 6) * t * t) + 4) / 6,
        2 => ((((((-3 * t) + 3) * t) + 3) * t) + 1) / 6,
        _ => t * t * t / 6,
    };
}
