using SkiaSharp;

namespace Cnn.Pictures;

/// <summary>
/// The largest number of pixels that a file can contain, by its length. A header of a few bytes may claim any size, and memory for all pixels would be
/// allocated before the first of them turns out to be missing.
/// </summary>
internal static class PixelBound
{
    /// <summary>This many pixels take 4 MB: any file may claim them.</summary>
    private const long Few = 1 << 20;

    /// <summary>Deflate makes 1032 bytes of one, and a byte may be eight pixels.</summary>
    private const long OfDeflate = 1032 * 8;

    /// <summary>The most pixels that a format makes of one byte.</summary>
    /// <param name="format">The format.</param>
    /// <returns>The number; null for a format that is not supported.</returns>
    public static long? PerByte(SKEncodedImageFormat format) => format switch
    {
        SKEncodedImageFormat.Png => OfDeflate,

        // An LZW code has at most 12 bits and stands for up to 4,096 pixels.
        SKEncodedImageFormat.Gif => 4096 * 8 / 12 + 1,

        // A block of 8 × 8 pixels takes at least one bit.
        SKEncodedImageFormat.Jpeg => 64 * 8,

        // Two bytes for a run of 255 pixels, and two for skipping the rest of a row.
        SKEncodedImageFormat.Bmp => 1024,

        // One colour is stored once, however large the picture is.
        SKEncodedImageFormat.Webp => PictureReader.MostPixels,
        _ => null,
    };

    /// <summary>
    /// The most bytes that a TIFF file makes of one: a fax says in one bit that a row is the one above it, and rows have 8,192 pixels of one bit. LZW makes 2,730 bytes of one, all else less.
    /// </summary>
    public const long BytesOfTiff = 8192;

    /// <summary>Whether a file can hold so many pixels.</summary>
    /// <param name="bytes">The length of the file.</param>
    /// <param name="perByte">The largest number of pixels that its format encodes in one byte.</param>
    /// <param name="pixels">The pixels that its header claims.</param>
    /// <returns>Whether it can.</returns>
    public static bool CanHold(int bytes, long perByte, long pixels) => pixels <= Few || pixels <= bytes * perByte;

    /// <summary>Whether a TIFF file can hold so much.</summary>
    /// <param name="length">The length of the file.</param>
    /// <param name="bytes">The bytes of the pixels that it claims.</param>
    /// <returns>Whether it can; so much as few pixels of many values take may be claimed by any file.</returns>
    public static bool CanHoldInTiff(int length, Int128 bytes) => bytes <= 16 * Few || bytes <= BytesOfTiff * length;
}
