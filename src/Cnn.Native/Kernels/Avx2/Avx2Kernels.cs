using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cnn.Kernels;

/// <summary>
/// The kernels for processors with AVX2 and FMA: vectors of eight floats. One file an operation;
/// all products of matrices, the convolutions' included, end in the two register tiles of <c>Avx2Kernels.Tiles.cs</c>.
/// </summary>
internal sealed unsafe partial class Avx2Kernels : KernelSet
{
    /// <summary>Floats in a vector.</summary>
    private const int Lanes = 8;

    /// <summary>
    /// Sixteen integers, eight of ones and eight of zeros: eight of them from position 8 − n on
    /// are a mask whose first n lanes are set.
    /// </summary>
    private static ReadOnlySpan<int> MaskSource => [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <inheritdoc/>
    public override string Name => "avx2";

    /// <summary>A mask whose first <paramref name="lanes"/> lanes are set; all of them where there are more than eight, none below one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mask(int lanes) =>
        Vector256.LoadUnsafe(ref Unsafe.AsRef(in MaskSource[Lanes - Math.Clamp(lanes, 0, Lanes)])).AsSingle();

    /// <summary><paramref name="count"/> rounded up to whole vectors.</summary>
    private static int RoundUp(int count) => checked(count + Lanes - 1) / Lanes * Lanes;
}
