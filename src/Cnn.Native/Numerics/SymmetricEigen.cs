namespace Cnn.Numerics;

/// <summary>
/// Eigenvalues and eigenvectors of a real symmetric matrix, by Jacobi's rotations (Golub and Van Loan, "Matrix Computations", 4th edition, 8.5.3): each
/// rotation makes one pair of off-diagonal entries zero, until all are negligible. For matrices of a few hundred rows.
/// </summary>
internal static class SymmetricEigen
{
    /// <summary>More sweeps than any matrix needs: they converge quadratically, after five to ten.</summary>
    private const int MostSweeps = 64;

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="size">Rows and columns.</param>
    /// <param name="matrix">[row][column]; symmetric and finite.</param>
    /// <returns>
    /// The eigenvalues, the largest first, and the eigenvector of each, [eigenvalue][row], of length 1, whose entry of the greatest magnitude is positive.
    /// </returns>
    public static (double[] Values, double[][] Vectors) Decompose(int size, ReadOnlySpan<double> matrix)
    {
        double[] a = matrix[..(size * size)].ToArray();
        double[] v = new double[size * size];
        double largest = 0;
        for (int i = 0; i < size; i++)
        {
            v[(i * size) + i] = 1;
        }

        foreach (double entry in a)
        {
            largest = Math.Max(largest, Math.Abs(entry));
        }

        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            bool isDiagonal = true;
            for (int p = 0; p < size; p++)
            {
                for (int q = p + 1; q < size; q++)
                {
                    if (Math.Abs(a[(p * size) + q]) > 1e-16 * largest)
                    {
                        isDiagonal = false;
                        Rotate(size, a, v, p, q);
                    }
                }
            }

            if (isDiagonal)
            {
                break;
            }
        }

        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => a[(i * size) + i])];
        return ([.. order.Select(i => a[(i * size) + i])], [.. order.Select(i => VectorOf(size, v, i))]);
    }

    /// <summary>Rotates the plane of two coordinates so that the entry between them becomes 0.</summary>
    private static void Rotate(int size, double[] a, double[] v, int p, int q)
    {
        // The smaller of the two angles: its tangent is at most 1, which keeps the rounding errors small.
        double theta = (a[(q * size) + q] - a[(p * size) + p]) / (2 * a[(p * size) + q]);
        double tangent = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        double cosine = 1 / Math.Sqrt((tangent * tangent) + 1);
        double sine = tangent * cosine;
        for (int k = 0; k < size; k++)
        {
            (a[(k * size) + p], a[(k * size) + q]) = Turn(a[(k * size) + p], a[(k * size) + q]);
        }

        for (int k = 0; k < size; k++)
        {
            (a[(p * size) + k], a[(q * size) + k]) = Turn(a[(p * size) + k], a[(q * size) + k]);
            (v[(k * size) + p], v[(k * size) + q]) = Turn(v[(k * size) + p], v[(k * size) + q]);
        }

        a[(p * size) + q] = 0;
        a[(q * size) + p] = 0;

        (double First, double Second) Turn(double first, double second) => ((cosine * first) - (sine * second), (sine * first) + (cosine * second));
    }

    private static double[] VectorOf(int size, double[] v, int column)
    {
        double[] vector = [.. Enumerable.Range(0, size).Select(row => v[(row * size) + column])];
        double greatest = vector.MaxBy(Math.Abs);
        return greatest < 0 ? [.. vector.Select(entry => -entry)] : vector;
    }
}
