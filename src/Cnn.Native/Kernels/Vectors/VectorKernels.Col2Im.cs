using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The taps of a filter row that lie inside the image are contiguous both in the image and in the matrix: runs are added as whole vectors and a last one under
// a mask.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Col2Im(in ConvolutionGeometry geometry, float* columns, int firstRow, int rows, float* image)
    {
        ConvolutionGeometry g = geometry;
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            for (int column = 0; column < g.OutputWidth; column++)
            {
                (int before, int inside) = Run(g, column);
                float* target = image + ((nint)((column * g.StrideX) - g.PaddingX) * g.InputChannels) + before;
                for (int ky = 0; ky < g.KernelHeight; ky++, columns += g.KernelWidth * g.InputChannels)
                {
                    int y = (row * g.StrideY) - g.PaddingY + ky;
                    if (y >= 0 && y < g.InputHeight && inside > 0)
                    {
                        AddTo(columns + before, target + ((nint)y * g.InputWidth * g.InputChannels), inside);
                    }
                }
            }
        }
    }

    /// <summary>For the floats in one filter row at an output column: how many are to the left of the image, and how many are inside it.</summary>
    private static (int Before, int Inside) Run(in ConvolutionGeometry g, int column)
    {
        int first = (column * g.StrideX) - g.PaddingX;
        int before = Math.Clamp(-first, 0, g.KernelWidth);
        int inside = Math.Clamp(g.InputWidth - first, 0, g.KernelWidth) - before;
        return (before * g.InputChannels, Math.Max(0, inside) * g.InputChannels);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, float* target, int count)
    {
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V.Load(source + i).Store(target + i);
        }

        if (i < count)
        {
            V mask = V.Mask(count - i);
            V.Load(source + i, mask).Store(target + i, mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(float* source, float* target, int count)
    {
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            (V.Load(target + i) + V.Load(source + i)).Store(target + i);
        }

        if (i < count)
        {
            V mask = V.Mask(count - i);
            (V.Load(target + i, mask) + V.Load(source + i, mask)).Store(target + i, mask);
        }
    }
}
