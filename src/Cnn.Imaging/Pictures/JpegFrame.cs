using System.Buffers.Binary;

namespace Cnn.Pictures;

/// <summary>What a JPEG says of itself before its pixels begin (ITU-T T.81, annex B).</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="IsDecodedInRows">
/// Whether rows can be decoded one after the other. A progressive JPEG, or one whose colours come one after the other, cannot: all of its coefficients have to be held.
/// </param>
internal readonly record struct JpegFrame(int Width, int Height, bool IsDecodedInRows)
{
    private const byte StartOfScan = 0xDA;
    private const int FrameLength = 8;

    /// <summary>Most segments before the pixels, with bytes that only fill: more than any program writes.</summary>
    private const int MostSegments = 1000;

    /// <summary>Reads the header.</summary>
    /// <param name="jpeg">The bytes from the mark of the beginning on.</param>
    /// <returns>What it says; null where there is no frame with pixels, or something between the segments.</returns>
    public static JpegFrame? Of(ReadOnlySpan<byte> jpeg)
    {
        (int width, int height, int components, bool isSequential) = (0, 0, 0, false);
        int at = 2;
        for (int segments = 0; segments < MostSegments && at <= jpeg.Length - 4 && jpeg[at] == 0xFF; segments++)
        {
            byte mark = jpeg[at + 1];
            if (mark == 0xFF)
            {
                at++;
                continue;
            }

            ReadOnlySpan<byte> segment = jpeg[(at + 2)..];
            int length = BinaryPrimitives.ReadUInt16BigEndian(segment);
            if (mark == StartOfScan)
            {
                return width == 0 || segment.Length < 3 ? null : new JpegFrame(width, height, isSequential && segment[2] == components);
            }

            // Of the marks of frames, C4, C8 and CC are something else.
            if (mark is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && segment.Length >= FrameLength)
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(segment[5..]);
                (components, isSequential) = (segment[7], mark is 0xC0 or 0xC1);
            }

            at += 2 + length;
        }

        return null;
    }
}
