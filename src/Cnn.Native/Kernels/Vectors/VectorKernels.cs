namespace Cnn.Kernels;

/// <summary>
/// The kernels, written once for vectors of any width. One file for each operation; all matrix products, including those of the convolutions, end in the
/// register tiles of <c>VectorKernels.Tiles.cs</c>.
/// </summary>
/// <typeparam name="V">The vector.</typeparam>
internal sealed unsafe partial class VectorKernels<V> : KernelSet
    where V : struct, IVector<V>
{
    private VectorKernels()
    {
    }

    /// <summary>The only instance: kernels have no state.</summary>
    public static VectorKernels<V> Instance { get; } = new();

    /// <inheritdoc/>
    public override string Name => V.Name;

    /// <inheritdoc/>
    internal override int TileRows => NarrowRows;

    /// <summary><paramref name="count"/> rounded up to whole vectors.</summary>
    private static int RoundUp(int count) => checked(count + V.Count - 1) / V.Count * V.Count;
}
