using System.Buffers.Binary;

namespace Cnn.Data;

/// <summary>Converts the values of IDX files of any type to pixels and labels. All of them are big-endian.</summary>
internal static class IdxValues
{
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
    /// <returns>The pixels, and their offset in the array.</returns>
    /// <exception cref="CnnException"><c>IdxPixelRange</c>: they go neither from 0 to 255 nor, as floating-point numbers, from 0 to 1.</exception>
    public static (byte[] Pixels, int Start) Pixels(IdxFile file, string path)
    {
        if (file.Type == IdxType.UnsignedByte)
        {
            return (file.Content, file.DataStart);
        }

        int size = SizeOf(file.Type);
        byte[] pixels = GC.AllocateUninitializedArray<byte>(file.Data.Length / size, pinned: true);
        (double least, double most) = (0, 0);
        for (int i = 0; i < pixels.Length; i++)
        {
            double value = Value(file, i * size);

            // NaN stays in both limits, and is out of every range.
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        }

        if (PixelScale.Of(least, most, areFractions: file.Type >= IdxType.Float32) is not { } scale)
        {
            throw new CnnException("IdxPixelRange", CnnErrorKind.InvalidData, $"The values of '{path}' {PixelScale.Problem(least, most)}") { Target = path };
        }

        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = PixelScale.ToByte(Value(file, i * size), scale);
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

        int stride = columns * SizeOf(file.Type);
        int[] labels = GC.AllocateUninitializedArray<int>(file.Dimensions[0], pinned: true);
        for (int i = 0; i < labels.Length; i++)
        {
            double value = Value(file, i * stride);
            labels[i] = double.IsInteger(value) && value is >= int.MinValue and <= int.MaxValue
                ? (int)value
                : throw new CnnException(
                    "IdxLabelOutOfRange", CnnErrorKind.InvalidData, FormattableString.Invariant($"Label {i} in '{path}' is {value}: labels must be whole numbers of at least 0. Correct the file."))
                { Target = path };
        }

        return labels;
    }

    private static double Value(IdxFile file, int at)
    {
        ReadOnlySpan<byte> bytes = file.Data[at..];
        return file.Type switch
        {
            IdxType.UnsignedByte => bytes[0],
            IdxType.SignedByte => (sbyte)bytes[0],
            IdxType.Int16 => BinaryPrimitives.ReadInt16BigEndian(bytes),
            IdxType.Int32 => BinaryPrimitives.ReadInt32BigEndian(bytes),
            IdxType.Float32 => BinaryPrimitives.ReadSingleBigEndian(bytes),
            _ => BinaryPrimitives.ReadDoubleBigEndian(bytes),
        };
    }
}
