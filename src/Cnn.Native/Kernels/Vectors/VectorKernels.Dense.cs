using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The three products of a dense layer, each in the order in which its operands are stored, so that nothing is transposed or packed.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    internal override void DenseForward(int images, int inputs, int outputs, float* input, float* weight, float* bias, float* output) =>
        MultiplyRows(images, outputs, inputs, input, inputs, weight, inputs, output, outputs, bias, 0, 1);

    /// <inheritdoc/>
    internal override void DenseInputGradient(int images, int inputs, int outputs, float* outputGradient, float* weight, float* inputGradient) =>
        MultiplyPanels(images, inputs, outputs, outputGradient, outputs, 1, weight, inputs, inputGradient, inputs, accumulate: false);

    /// <inheritdoc/>
    internal override void DenseWeightGradient(
        int images, int inputs, int outputs, int firstOutput, int outputCount, float* input, float* outputGradient, float* weightGradient, float* biasGradient)
    {
        if (images == 0)
        {
            new Span<float>(weightGradient, outputCount * inputs).Clear();
            new Span<float>(biasGradient, biasGradient == null ? 0 : outputCount).Clear();
            return;
        }

        MultiplyPanels(outputCount, inputs, images, outputGradient + firstOutput, 1, outputs, input, inputs, weightGradient, inputs, accumulate: false);
        SumColumns(images, outputCount, outputGradient + firstOutput, outputs, biasGradient);
    }

    /// <summary>The sum of each column of a matrix whose rows are contiguous; if there is no place for the sums, nothing is read.</summary>
    private static void SumColumns(int rows, int columns, float* matrix, float* sums) => SumColumns(rows, columns, matrix, columns, sums);

    /// <summary>The sum of each column of a matrix, a vector of columns at a time, the last ones under a mask; if there is no place for the sums, nothing is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumColumns(int rows, int columns, float* matrix, nint rowStride, float* sums)
    {
        for (int column = 0; sums != null && column < columns; column += V.Count)
        {
            V mask = V.Mask(columns - column);

            // Two sums, of the even and of the odd rows: a single one would wait for the previous addition.
            V even = default;
            V odd = default;
            float* source = matrix + column;
            int row = 0;
            for (; row <= rows - 2; row += 2, source += 2 * rowStride)
            {
                even += V.Load(source, mask);
                odd += V.Load(source + rowStride, mask);
            }

            if (row < rows)
            {
                even += V.Load(source, mask);
            }

            (even + odd).Store(sums + column, mask);
        }
    }
}
