using System.Buffers.Binary;
using SkiaSharp;

namespace Cnn.Pictures;

/// <summary>
/// The note of how a camera was held, in a PNG: its chunk eXIf (PNG specification, third edition, 11.3.4.3), which the decoder passes over. Nothing of it is
/// believed: what is not as it should be counts as no note.
/// </summary>
internal static class PngOrientation
{
    private const int SignatureLength = 8;
    private const int OrientationTag = 0x0112;
    private const int EntryLength = 12;
    private const ushort ShortType = 3;

    /// <summary>Reads the note.</summary>
    /// <param name="png">The file.</param>
    /// <returns>Which corner of the picture the first pixel is; the upper left one where there is no note.</returns>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> png)
    {
        int at = SignatureLength;
        while (at <= png.Length - EntryLength)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - EntryLength)
            {
                break;
            }

            if (png.Slice(at + 4, 4).SequenceEqual("eXIf"u8))
            {
                return OfExif(png.Slice(at + 8, (int)length));
            }

            // The length, the name, the data and the checksum.
            at += (int)length + EntryLength;
        }

        return SKEncodedOrigin.TopLeft;
    }

    /// <summary>Reads the orientation of an Exif block (a TIFF header and its first directory; Exif 2.3, 4.5).</summary>
    private static SKEncodedOrigin OfExif(ReadOnlySpan<byte> exif)
    {
        // Some programs leave the name of the block in JPEG before it.
        exif = exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif;
        bool isLittle = exif.StartsWith("II*\0"u8);
        if (exif.Length < 8 || !(isLittle || exif.StartsWith("MM\0*"u8)))
        {
            return SKEncodedOrigin.TopLeft;
        }

        uint directory = isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]) : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (directory > exif.Length - 2)
        {
            return SKEncodedOrigin.TopLeft;
        }

        int count = Short(exif, (int)directory, isLittle);
        for (int i = 0; i < count; i++)
        {
            int entry = (int)directory + 2 + (i * EntryLength);
            if (entry > exif.Length - EntryLength)
            {
                break;
            }

            if (Short(exif, entry, isLittle) == OrientationTag && Short(exif, entry + 2, isLittle) == ShortType)
            {
                int value = Short(exif, entry + 8, isLittle);
                return value is >= 1 and <= 8 ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;
            }
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, int at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
}
