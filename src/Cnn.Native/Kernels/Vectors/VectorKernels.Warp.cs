using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// A pixel that is interpolated between four others needs four bytes from two rows. They are first packed into one integer for each position, with a border of
// zeros: then one gather fetches all four for a vector of pixels, and no position needs to be tested.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    internal override int WarpScratch(int channels, int height, int width) =>
        checked((channels * (height + 2) * TapStride(width)) + ((height + 3) * ByteStride(width) / sizeof(float)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Warp(
        int channels, int height, int width, byte* image, in AffineMap map, in WarpBounds bounds, float* displacement, float* scale, float* offset, float* output, float* scratch)
    {
        int stride = TapStride(width);
        int plane = (height + 2) * stride;
        for (int channel = 0; channel < channels; channel++)
        {
            PackPixelTaps(channels, height, width, image + channel, (int*)scratch + (channel * plane), (byte*)(scratch + (channels * plane)));
        }

        // The taps of position (0, 0): those of row −1 and column −1 come before it.
        int* taps = (int*)scratch + stride + 1;
        V xx = V.Create(map.XX);
        V yx = V.Create(map.YX);
        V strides = V.CreateInt32(stride);
        V lanes = V.Indices;
        float* lanesOut = stackalloc float[V.Count];
        for (int row = 0; row < height; row++)
        {
            V rowX = V.Create(MathF.FusedMultiplyAdd(map.XY, row, map.X));
            V rowY = V.Create(MathF.FusedMultiplyAdd(map.YY, row, map.Y));
            for (int column = 0; column < width; column += V.Count)
            {
                V columns = lanes + V.Create((float)column);
                V x = V.MultiplyAdd(xx, columns, rowX);
                V y = V.MultiplyAdd(yx, columns, rowY);
                int pixel = (row * width) + column;
                int count = Math.Min(V.Count, width - column);
                if (displacement != null)
                {
                    V mask = V.Mask(count);
                    x += V.Load(displacement + pixel, mask);
                    y += V.Load(displacement + (height * width) + pixel, mask);
                }

                // The positions after the last column of the image end within the taps too.
                x = Within(x, bounds.LeastX, bounds.MostX, bounds.PeriodX);
                y = Within(y, bounds.LeastY, bounds.MostY, bounds.PeriodY);
                V left = V.Floor(x);
                V top = V.Floor(y);
                V index = V.AddInt32(V.MultiplyInt32(V.ToInt32(top), strides), V.ToInt32(left));
                x -= left;
                y -= top;
                for (int channel = 0; channel < channels; channel++)
                {
                    V four = V.Gather(taps + (channel * plane), index);
                    V upper = Between(Tap(four, 0), Tap(four, 8), x);
                    V lower = Between(Tap(four, 16), Tap(four, 24), x);
                    V value = V.MultiplyAdd(Between(upper, lower, y), V.Create(scale[channel]), V.Create(offset[channel]));
                    if (channels == 1 && count == V.Count)
                    {
                        value.Store(output + pixel);
                    }
                    else if (channels == 1)
                    {
                        value.Store(output + pixel, V.Mask(count));
                    }
                    else
                    {
                        value.Store(lanesOut);
                        for (int lane = 0; lane < count; lane++)
                        {
                            output[((pixel + lane) * channels) + channel] = lanesOut[lane];
                        }
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    internal override int SplineScratch(in SplineGeometry geometry) =>
        checked(((4 + (geometry.Surfaces * geometry.Rows)) * SplineStride(geometry.Width)) + (2 * geometry.Width));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void SplineSurfaces(in SplineGeometry geometry, float* controls, float* values, float* scratch)
    {
        // Rows of control points are first interpolated to the width of the image, and then four at a time combined into the rows of the image.
        SplineGeometry g = geometry;
        int stride = SplineStride(g.Width);
        float* weights = scratch;
        float* lines = weights + (4 * stride);
        int* runs = (int*)(lines + (g.Surfaces * g.Rows * stride));
        for (int column = 0; column < g.Width; column += V.Count)
        {
            V u = V.MultiplyAdd(
                V.Indices + V.Create((float)column), V.Create(g.Step), V.Create(g.StartX));
            V t = u - V.Floor(u);
            SplineWeight0(t).Store(weights + column);
            SplineWeight1(t).Store(weights + stride + column);
            SplineWeight2(t).Store(weights + (2 * stride) + column);
            SplineWeight3(t).Store(weights + (3 * stride) + column);
        }

        int runCount = SplineRuns(g, runs);
        for (int line = 0; line < g.Surfaces * g.Rows; line++)
        {
            // The floats that a run writes after its end are overwritten by the next run, or lie after the last column.
            float* target = lines + (line * stride);
            for (int run = 0; run < runCount; run++)
            {
                int column = runs[2 * run];
                float* control = controls + (line * g.Columns) + runs[(2 * run) + 1];
                float* weight = weights + column;
                V sum = V.Load(weight) * V.Create(control[0]);
                sum = V.MultiplyAdd(V.Load(weight + stride), V.Create(control[1]), sum);
                sum = V.MultiplyAdd(V.Load(weight + (2 * stride)), V.Create(control[2]), sum);
                V.MultiplyAdd(V.Load(weight + (3 * stride)), V.Create(control[3]), sum).Store(target + column);
            }
        }

        for (int row = 0; row < g.Height; row++)
        {
            float v = MathF.FusedMultiplyAdd(row, g.Step, g.StartY);
            V t = V.Create(v - (int)v);
            V weight0 = SplineWeight0(t);
            V weight1 = SplineWeight1(t);
            V weight2 = SplineWeight2(t);
            V weight3 = SplineWeight3(t);
            for (int surface = 0; surface < g.Surfaces; surface++)
            {
                float* line = lines + (((surface * g.Rows) + (int)v) * stride);
                float* target = values + (((surface * g.Height) + row) * g.Width);
                for (int column = 0; column < g.Width; column += V.Count, line += V.Count)
                {
                    V sum = weight0 * V.Load(line);
                    sum = V.MultiplyAdd(weight1, V.Load(line + stride), sum);
                    sum = V.MultiplyAdd(weight2, V.Load(line + (2 * stride)), sum);
                    sum = V.MultiplyAdd(weight3, V.Load(line + (3 * stride)), sum);
                    if (g.Width - column >= V.Count)
                    {
                        sum.Store(target + column);
                    }
                    else
                    {
                        sum.Store(target + column, V.Mask(g.Width - column));
                    }
                }
            }
        }
    }

    /// <summary>Positions that are reflected into the image if there is a period, and clamped to two limits; NaN becomes the lower limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Within(V position, float least, float most, float period)
    {
        if (period > 0)
        {
            V turns = V.Floor(position * V.Create(1 / period));
            position = V.MultiplyAddNegated(turns, V.Create(period), position);
            position = V.MinElseSecond(position, V.Create(period) - position);
        }

        // In this order of operands the instruction turns a NaN into the second operand: the lower limit.
        return V.MinElseSecond(V.MaxElseSecond(position, V.Create(least)), V.Create(most));
    }

    /// <summary>Integers of a row of taps: the columns from −1 to the width, in whole vectors.</summary>
    private static int TapStride(int width) => RoundUp(checked(width + 2));

    /// <summary>Bytes of a row of the image with its border: the taps' columns, and the neighbour of the last.</summary>
    private static int ByteStride(int width) => checked(TapStride(width) + V.Count);

    /// <summary>
    /// Packs the four pixels around each position into one integer: byte 0 is the pixel at row and column, byte 1 its neighbour to the right, bytes 2 and 3
    /// are the same in the row below. Rows and columns begin at −1.
    /// </summary>
    /// <param name="channels">Bytes from a pixel to the next.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="image">The first pixel's value.</param>
    /// <param name="taps">[height + 2][TapStride].</param>
    /// <param name="bytes">[height + 3][ByteStride]: the image with a border of zeros, as an intermediate result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPixelTaps(int channels, int height, int width, byte* image, int* taps, byte* bytes)
    {
        int byteStride = ByteStride(width);
        new Span<byte>(bytes, (height + 3) * byteStride).Clear();
        for (int row = 0; row < height; row++)
        {
            byte* target = bytes + ((row + 1) * byteStride) + 1;
            byte* source = image + (row * width * channels);
            if (channels == 1)
            {
                Buffer.MemoryCopy(source, target, width, width);
                continue;
            }

            for (int column = 0; column < width; column++)
            {
                target[column] = source[column * channels];
            }
        }

        int stride = TapStride(width);
        for (int row = 0; row < height + 2; row++, bytes += byteStride, taps += stride)
        {
            for (int column = 0; column < stride; column++)
            {
                // Two neighbours at a time: the first of them is the lower byte.
                taps[column] = *(ushort*)(bytes + column) | (*(ushort*)(bytes + byteStride + column) << 16);
            }
        }
    }

    /// <summary>One of the four bytes of each integer, as a float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Tap(V four, [ConstantExpected] byte shift) => V.FromInt32(V.ShiftRight(four, shift) & V.CreateInt32(255));

    /// <summary>Linear interpolation from a to b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Between(V a, V b, V share) => V.MultiplyAdd(share, b - a, a);

    /// <summary>Floats of a line of a surface: the columns in whole vectors, and one vector more for a run that begins at the last column.</summary>
    private static int SplineStride(int width) => checked(RoundUp(width) + V.Count);

    /// <summary>
    /// Divides the columns into runs of at most a vector between the same control points. Writes (first column, first control point) for each.
    /// </summary>
    private static int SplineRuns(in SplineGeometry g, int* runs)
    {
        int count = 0;
        int first = 0;
        int cell = (int)g.StartX;
        for (int column = 1; column <= g.Width; column++)
        {
            int next = (int)MathF.FusedMultiplyAdd(column, g.Step, g.StartX);
            if (column == g.Width || next != cell || column - first == V.Count)
            {
                runs[2 * count] = first;
                runs[(2 * count) + 1] = cell;
                count++;
                first = column;
                cell = next;
            }
        }

        return count;
    }

    // The four pieces of the cubic B-spline, the weights of the four control points around t.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SplineWeight0(V t)
    {
        V rest = V.One - t;
        return rest * rest * rest * V.Create(1 / 6f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SplineWeight1(V t) =>
        V.MultiplyAdd(((t * V.Create(3f)) - V.Create(6f)) * t, t, V.Create(4f)) * V.Create(1 / 6f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SplineWeight2(V t)
    {
        V three = V.Create(3f);
        return V.MultiplyAdd(V.MultiplyAdd(V.MultiplyAddNegated(three, t, three), t, three), t, V.One) * V.Create(1 / 6f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SplineWeight3(V t) => t * t * t * V.Create(1 / 6f);
}
