using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// A pixel that is looked up between four others needs four bytes from two rows. They are laid side by side first, in one integer for each
// position, with a border of zeros: then one gather brings all four of eight pixels, and no position needs to be tested.
internal sealed unsafe partial class Avx2Kernels
{
    /// <inheritdoc/>
    internal override int WarpScratch(int channels, int height, int width) =>
        checked((channels * (height + 2) * TapStride(width)) + ((height + 3) * ByteStride(width) / sizeof(float)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Warp(
        int channels, int height, int width, byte* image, in AffineMap map, float* displacement, float* scale, float* offset, float* output, float* scratch)
    {
        int stride = TapStride(width);
        int plane = (height + 2) * stride;
        for (int channel = 0; channel < channels; channel++)
        {
            PackTaps(channels, height, width, image + channel, (int*)scratch + (channel * plane), (byte*)(scratch + (channels * plane)));
        }

        // The taps of position (0, 0): those of row −1 and column −1 come before it.
        int* taps = (int*)scratch + stride + 1;
        Vector256<float> xx = Vector256.Create(map.XX);
        Vector256<float> yx = Vector256.Create(map.YX);
        Vector256<float> outside = Vector256.Create(-1f);
        Vector256<float> right = Vector256.Create((float)width);
        Vector256<float> bottom = Vector256.Create((float)height);
        Vector256<int> strides = Vector256.Create(stride);
        Vector256<float> lanes = Vector256<float>.Indices;
        float* lanesOut = stackalloc float[Lanes];
        for (int row = 0; row < height; row++)
        {
            Vector256<float> rowX = Vector256.Create(MathF.FusedMultiplyAdd(map.XY, row, map.X));
            Vector256<float> rowY = Vector256.Create(MathF.FusedMultiplyAdd(map.YY, row, map.Y));
            for (int column = 0; column < width; column += Lanes)
            {
                Vector256<float> columns = lanes + Vector256.Create((float)column);
                Vector256<float> x = Fma.MultiplyAdd(xx, columns, rowX);
                Vector256<float> y = Fma.MultiplyAdd(yx, columns, rowY);
                int pixel = (row * width) + column;
                int count = Math.Min(Lanes, width - column);
                if (displacement != null)
                {
                    Vector256<float> mask = Mask(count);
                    x += Avx.MaskLoad(displacement + pixel, mask);
                    y += Avx.MaskLoad(displacement + (height * width) + pixel, mask);
                }

                // In this order of operands the instruction makes a NaN the second: outside. Lanes behind the last column end inside the border too.
                x = Avx.Min(Avx.Max(x, outside), right);
                y = Avx.Min(Avx.Max(y, outside), bottom);
                Vector256<float> left = Avx.Floor(x);
                Vector256<float> top = Avx.Floor(y);
                Vector256<int> index = Avx2.MultiplyLow(Avx.ConvertToVector256Int32(top), strides) + Avx.ConvertToVector256Int32(left);
                x -= left;
                y -= top;
                for (int channel = 0; channel < channels; channel++)
                {
                    Vector256<int> four = Avx2.GatherVector256(taps + (channel * plane), index, sizeof(int));
                    Vector256<float> upper = Between(Tap(four, 0), Tap(four, 8), x);
                    Vector256<float> lower = Between(Tap(four, 16), Tap(four, 24), x);
                    Vector256<float> value = Fma.MultiplyAdd(Between(upper, lower, y), Vector256.Create(scale[channel]), Vector256.Create(offset[channel]));
                    if (channels == 1 && count == Lanes)
                    {
                        value.Store(output + pixel);
                    }
                    else if (channels == 1)
                    {
                        Avx.MaskStore(output + pixel, Mask(count), value);
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
        // Rows of control points are first drawn out to the width of the image, then combined by fours to the rows of the image.
        SplineGeometry g = geometry;
        int stride = SplineStride(g.Width);
        float* weights = scratch;
        float* lines = weights + (4 * stride);
        int* runs = (int*)(lines + (g.Surfaces * g.Rows * stride));
        for (int column = 0; column < g.Width; column += Lanes)
        {
            Vector256<float> u = Fma.MultiplyAdd(
                Vector256<float>.Indices + Vector256.Create((float)column), Vector256.Create(g.Step), Vector256.Create(g.StartX));
            Vector256<float> t = u - Avx.Floor(u);
            SplineWeight0(t).Store(weights + column);
            SplineWeight1(t).Store(weights + stride + column);
            SplineWeight2(t).Store(weights + (2 * stride) + column);
            SplineWeight3(t).Store(weights + (3 * stride) + column);
        }

        int runCount = SplineRuns(g, runs);
        for (int line = 0; line < g.Surfaces * g.Rows; line++)
        {
            // What a run writes behind its end is overwritten by the next one, or lies behind the last column.
            float* target = lines + (line * stride);
            for (int run = 0; run < runCount; run++)
            {
                int column = runs[2 * run];
                float* control = controls + (line * g.Columns) + runs[(2 * run) + 1];
                float* weight = weights + column;
                Vector256<float> sum = Vector256.Load(weight) * Vector256.Create(control[0]);
                sum = Fma.MultiplyAdd(Vector256.Load(weight + stride), Vector256.Create(control[1]), sum);
                sum = Fma.MultiplyAdd(Vector256.Load(weight + (2 * stride)), Vector256.Create(control[2]), sum);
                Fma.MultiplyAdd(Vector256.Load(weight + (3 * stride)), Vector256.Create(control[3]), sum).Store(target + column);
            }
        }

        for (int row = 0; row < g.Height; row++)
        {
            float v = MathF.FusedMultiplyAdd(row, g.Step, g.StartY);
            Vector256<float> t = Vector256.Create(v - (int)v);
            Vector256<float> weight0 = SplineWeight0(t);
            Vector256<float> weight1 = SplineWeight1(t);
            Vector256<float> weight2 = SplineWeight2(t);
            Vector256<float> weight3 = SplineWeight3(t);
            for (int surface = 0; surface < g.Surfaces; surface++)
            {
                float* line = lines + (((surface * g.Rows) + (int)v) * stride);
                float* target = values + (((surface * g.Height) + row) * g.Width);
                for (int column = 0; column < g.Width; column += Lanes, line += Lanes)
                {
                    Vector256<float> sum = weight0 * Vector256.Load(line);
                    sum = Fma.MultiplyAdd(weight1, Vector256.Load(line + stride), sum);
                    sum = Fma.MultiplyAdd(weight2, Vector256.Load(line + (2 * stride)), sum);
                    sum = Fma.MultiplyAdd(weight3, Vector256.Load(line + (3 * stride)), sum);
                    if (g.Width - column >= Lanes)
                    {
                        sum.Store(target + column);
                    }
                    else
                    {
                        Avx.MaskStore(target + column, Mask(g.Width - column), sum);
                    }
                }
            }
        }
    }

    /// <summary>Integers of a row of taps: the columns from −1 to the width, in whole vectors.</summary>
    private static int TapStride(int width) => RoundUp(checked(width + 2));

    /// <summary>Bytes of a row of the image with its border: the taps' columns, and the neighbour of the last.</summary>
    private static int ByteStride(int width) => checked(TapStride(width) + Lanes);

    /// <summary>
    /// Lays the four pixels around each position into one integer: byte 0 the pixel at row and column, byte 1 its neighbour to the right,
    /// bytes 2 and 3 the same of the row below. Rows and columns begin at −1.
    /// </summary>
    /// <param name="channels">Bytes from a pixel to the next.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="image">The first pixel's value.</param>
    /// <param name="taps">[height + 2][TapStride].</param>
    /// <param name="bytes">[height + 3][ByteStride]: the image with a border of zeros, on the way.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTaps(int channels, int height, int width, byte* image, int* taps, byte* bytes)
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
        for (int column = 0; column < stride; column += Lanes)
        {
            // Down the rows: the pairs of the row below are the upper pairs of the next.
            byte* source = bytes + column;
            int* target = taps + column;
            Vector128<byte> upper = Pairs(source);
            for (int row = 0; row < height + 2; row++, target += stride)
            {
                source += byteStride;
                Vector128<byte> lower = Pairs(source);
                Sse2.UnpackLow(upper.AsInt16(), lower.AsInt16()).AsInt32().Store(target);
                Sse2.UnpackHigh(upper.AsInt16(), lower.AsInt16()).AsInt32().Store(target + 4);
                upper = lower;
            }
        }
    }

    /// <summary>Eight bytes, each with the one behind it: nine are read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Pairs(byte* source) =>
        Sse2.UnpackLow(Sse2.LoadScalarVector128((ulong*)source).AsByte(), Sse2.LoadScalarVector128((ulong*)(source + 1)).AsByte());

    /// <summary>One of the four bytes of each integer, as a float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Tap(Vector256<int> four, [ConstantExpected] byte shift) => Avx.ConvertToVector256Single(
        shift == 24 ? Avx2.ShiftRightLogical(four, 24) : Avx2.ShiftRightLogical(four, shift) & Vector256.Create(255));

    /// <summary>From a to b, a share of the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Between(Vector256<float> a, Vector256<float> b, Vector256<float> share) => Fma.MultiplyAdd(share, b - a, a);

    /// <summary>Floats of a line of a surface: the columns in whole vectors, and one vector more for a run that begins at the last column.</summary>
    private static int SplineStride(int width) => checked(RoundUp(width) + Lanes);

    /// <summary>
    /// Cuts the columns into runs of at most eight between the same control points. Writes (first column, first control point) of each.
    /// </summary>
    private static int SplineRuns(in SplineGeometry g, int* runs)
    {
        int count = 0;
        int first = 0;
        int cell = (int)g.StartX;
        for (int column = 1; column <= g.Width; column++)
        {
            int next = (int)MathF.FusedMultiplyAdd(column, g.Step, g.StartX);
            if (column == g.Width || next != cell || column - first == Lanes)
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
    private static Vector256<float> SplineWeight0(Vector256<float> t)
    {
        Vector256<float> rest = Vector256<float>.One - t;
        return rest * rest * rest * (1 / 6f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SplineWeight1(Vector256<float> t) =>
        Fma.MultiplyAdd(((t * 3f) - Vector256.Create(6f)) * t, t, Vector256.Create(4f)) * (1 / 6f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SplineWeight2(Vector256<float> t)
    {
        Vector256<float> three = Vector256.Create(3f);
        return Fma.MultiplyAdd(Fma.MultiplyAdd(Fma.MultiplyAddNegated(three, t, three), t, three), t, Vector256<float>.One) * (1 / 6f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SplineWeight3(Vector256<float> t) => t * t * t * (1 / 6f);
}
