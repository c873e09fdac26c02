using System.Buffers.Binary;
using Cnn.Memory;

namespace Cnn.Data;

/// <summary>Converts the values of IDX files of any type to pixels and labels. All of them are big-endian.</summary>
internal static class IdxValues
{
    /// <summary>Values that are converted in one piece.</summary>
    private const int PieceLength = 1 << 20;

    /// <summary>Bytes of one value.</summary>
    public static int SizeOf(IdxType type) => type switch
    {
        IdxType.UnsignedByte or IdxType.SignedByte => 1,
        IdxType.Int16 => 2,
        IdxType.Int32 or IdxType.Float32 => 4,
        _ => 8,
    };

    /// <summary>The values as pixels: the memory of the file itself if they are bytes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name in errors.</param>
    /// <returns>The pixels, and their offset in the memory.</returns>
    /// <exception cref="CnnException"><c>IdxPixelRange</c>: they go neither from 0 to 255 nor, as floating-point numbers, from 0 to 1. <c>MemoryRequired</c>.</exception>
    public static (PixelMemory Pixels, long Start) Pixels(IdxFile file, string path)
    {
        if (file.Type == IdxType.UnsignedByte)
        {
            return (file.Content, file.DataStart);
        }

        int size = SizeOf(file.Type);
        MemoryBudget.Require(file.DataLength / size, (needs, _) => $"The pixels of '{path}' need {needs}. Read a smaller file, or end other programs.");
        PixelMemory pixels = PixelMemory.Allocate(file.DataLength / size);
        (double least, double most) = (0, 0);
        foreach ((long first, int count) in Pieces(pixels.Length))
        {
            ReadOnlySpan<byte> values = Values(file, first, count);
            for (int i = 0; i < count; i++)
            {
                double value = Value(file.Type, values[(i * size)..]);

                // NaN stays in both limits, and is out of every range.
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }
        }

        if (PixelScale.Of(least, most, areFractions: file.Type >= IdxType.Float32) is not { } scale)
        {
            throw new CnnException("IdxPixelRange", CnnErrorKind.InvalidData, $"The values of '{path}' {PixelScale.Problem(least, most)}") { Target = path };
        }

        foreach ((long first, int count) in Pieces(pixels.Length))
        {
            ReadOnlySpan<byte> values = Values(file, first, count);
            Span<byte> piece = pixels.Slice(first, count);
            for (int i = 0; i < count; i++)
            {
                piece[i] = PixelScale.ToByte(Value(file.Type, values[(i * size)..]), scale);
            }
        }

        return (pixels, 0);
    }

    /// <summary>The values as labels; if there are several columns, as in QMNIST, the first one.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name in errors.</param>
    /// <returns>The labels, in a pinned array.</returns>
    /// <exception cref="CnnException"><c>IdxLabelOutOfRange</c>: one is not a whole number.</exception>
    public static int[] Labels(IdxFile file, string path)
    {
        int columns = file.Dimensions.Count == 1 ? 1 : file.Dimensions[1];
        if (file.Type == IdxType.UnsignedByte && columns == 1)
        {
            return ImageSet.Widened(file.Data);
        }

        int[] labels = GC.AllocateUninitializedArray<int>(file.Dimensions[0], pinned: true);
        for (int i = 0; i < labels.Length; i++)
        {
            double value = Value(file.Type, Values(file, (long)i * columns, 1));
            labels[i] = double.IsInteger(value) && value is >= int.MinValue and <= int.MaxValue
                ? (int)value
                : throw new CnnException(
                    "IdxLabelOutOfRange", CnnErrorKind.InvalidData, FormattableString.Invariant($"Label {i} in '{path}' is {value}: labels must be whole numbers of at least 0. Correct the file."))
                { Target = path };
        }

        return labels;
    }

    /// <summary>A division of many values into pieces that fit into a span.</summary>
    private static IEnumerable<(long First, int Count)> Pieces(long values)
    {
        for (long first = 0; first < values; first += PieceLength)
        {
            yield return (first, (int)Math.Min(PieceLength, values - first));
        }
    }

    /// <summary>The bytes of some values.</summary>
    private static Span<byte> Values(IdxFile file, long first, int count)
    {
        int size = SizeOf(file.Type);
        return file.Content.Slice(file.DataStart + (first * size), count * size);
    }

    private static double Value(IdxType type, ReadOnlySpan<byte> bytes) => type switch
    {
        IdxType.UnsignedByte => bytes[0],
        IdxType.SignedByte => (sbyte)bytes[0],
        IdxType.Int16 => BinaryPrimitives.ReadInt16BigEndian(bytes),
        IdxType.Int32 => BinaryPrimitives.ReadInt32BigEndian(bytes),
        IdxType.Float32 => BinaryPrimitives.ReadSingleBigEndian(bytes),
        _ => BinaryPrimitives.ReadDoubleBigEndian(bytes),
    };
}
