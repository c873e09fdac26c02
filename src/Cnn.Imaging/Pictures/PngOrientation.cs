using System.Buffers.Binary;
using SkiaSharp;

namespace Cnn.Pictures;

/// <summary>
/// The camera orientation in a PNG: its chunk eXIf (PNG specification, third edition, 11.3.4.3), which the decoder ignores. Nothing in it is trusted: invalid
/// metadata counts as none.
/// </summary>
internal static class PngOrientation
{
    private const int SignatureLength = 8;

    /// <summary>The length, the name and the checksum of a chunk.</summary>
    private const int ChunkOverhead = 12;

    /// <summary>Reads the orientation.</summary>
    /// <param name="png">The file.</param>
    /// <returns>The corner of the picture that contains the first pixel; the upper left one without metadata.</returns>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> png)
    {
        int at = SignatureLength;
        while (at <= png.Length - ChunkOverhead)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - ChunkOverhead)
            {
                break;
            }

            if (png.Slice(at + 4, 4).SequenceEqual("eXIf"u8))
            {
                return OfExif(png.Slice(at + 8, (int)length));
            }

            at += (int)length + ChunkOverhead;
        }

        return SKEncodedOrigin.TopLeft;
    }

    /// <summary>Reads the orientation of an Exif block (Exif 2.3, 4.5). Some programs leave the name of the block in JPEG before it.</summary>
    private static SKEncodedOrigin OfExif(ReadOnlySpan<byte> exif) => TiffDirectory.First(exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif).Origin;
}
