using System.Runtime.InteropServices;
using Cnn.Files;
using SkiaSharp;

namespace Cnn.Pictures;

/// <summary>
/// Decodes pictures: PNG, JPEG, BMP, GIF (its first frame), TIFF (its first page) and WebP. Transparent parts become white, or black where what is drawn is nearly white, and a camera's note of how
/// it was held is obeyed.
/// </summary>
public static class PictureReader
{
    /// <summary>
    /// Most pixels that are decoded: 16,384 × 8,192, so that decoding takes 512 MB at most. Of a JPEG with more, a fraction is decoded: each pixel stands for a square of them.
    /// </summary>
    public const int MostPixels = 1 << 27;

    /// <summary>The largest file in bytes: no format needs more for <see cref="MostPixels"/>.</summary>
    private const long MostBytes = 1L << 29;

    private const string Formats = "PNG, JPEG, BMP, GIF, TIFF or WebP";

    private static readonly byte[] JpegEnd = [0xFF, 0xD9];

    /// <summary>Bytes that encode some pixels in any code table, and contain no markers.</summary>
    private static readonly byte[] JpegFiller = [.. Enumerable.Range(0, 512).Select(index => (byte)(0x35 + (index * 73 % 0x90)))];

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue, whatever the file contains.</param>
    /// <param name="warn">Called with a warning about a file that is read nevertheless.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="CnnException">
    /// <c>FileNotFound</c>, <c>SourceNotFile</c> or <c>ReadFailed</c>, or what <see cref="Decode"/> finds; the file is the error's target.
    /// </exception>
    public static Picture Read(string path, int channels, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        Picture.CheckChannels(channels);
        return Decode(Bytes(path), channels, path, warn);
    }

    /// <summary>Decodes the bytes of a file.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue; the picture is converted.</param>
    /// <param name="name">What an error calls the picture, its path for instance.</param>
    /// <param name="warn">Is told what is special about a file that is read all the same: a JPEG that is decoded at a fraction, or of which only the mark of the end is missing, a TIFF of several pages.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="CnnException">
    /// <c>PictureEmpty</c>: there are no bytes. <c>PictureFormat</c>: they are not of a format that can be read.
    /// <c>PictureTooLarge</c>: there are more than <see cref="MostPixels"/> pixels by the header, and it is no JPEG that can be decoded at a fraction; nothing was decoded.
    /// <c>PictureDamaged</c>: the bytes end too early or contradict themselves, or are too few for the pixels in the header; then too nothing was decoded.
    /// </exception>
    public static Picture Decode(byte[] bytes, int channels, string name, Action<string>? warn = null) => DecodeUpTo(MostPixels, bytes, channels, name, warn);

    /// <summary>The same with another limit than <see cref="MostPixels"/>, for which tests need no large pictures.</summary>
    internal static Picture DecodeUpTo(int mostPixels, byte[] bytes, int channels, string name, Action<string>? warn)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        Picture.CheckChannels(channels);
        if (bytes.Length == 0)
        {
            throw Error("PictureEmpty", name, "has 0 bytes, so it contains no picture. Copy or export it again.");
        }

        if (TiffDirectory.IsTiff(bytes))
        {
            return TiffReader.Decode(bytes, channels, name, warn);
        }

        using SKData data = SKData.CreateCopy(bytes);
        using SKCodec codec = SKCodec.Create(data)
            ?? throw Error("PictureFormat", name, OtherPictures.NameOf(bytes) is { } format
                ? $"is a picture in the format {format}, which is not read. Convert it to JPEG or PNG."
                : $"is not a picture that can be read: {Formats} is expected. Convert it to one of these.");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if (PixelBound.PerByte(codec.EncodedFormat) is not { } perByte)
        {
            throw Error("PictureFormat", name, $"is a {codec.EncodedFormat} picture, and {Formats} is expected. Convert it to one of these.");
        }

        SKSizeI size = new(width, height);
        if ((long)width * height > mostPixels)
        {
            size = Fraction(codec, bytes, mostPixels) ?? throw TooLarge(name, $"{width:N0}×{height:N0} pixels", $"{mostPixels:N0} pixels");
        }

        if (!PixelBound.CanHold(bytes.Length, perByte, (long)width * height))
        {
            throw Error("PictureDamaged", name, $"claims to have {width:N0}×{height:N0} pixels, but {bytes.Length:N0} bytes of {codec.EncodedFormat} cannot contain so many. Copy or export it again.");
        }

        if (size.Width != width)
        {
            warn?.Invoke(FormattableString.Invariant(
                $"'{name}' has {width:N0}×{height:N0} pixels, more than {mostPixels:N0}, and is read at a fraction of its size: {size.Width:N0}×{size.Height:N0} pixels."));
        }

        (byte[] decoded, SKCodecResult result) = Pixels(codec, size);
        if (result is SKCodecResult.IncompleteInput or SKCodecResult.InvalidInput && codec.EncodedFormat == SKEncodedImageFormat.Jpeg && WithoutEnd(bytes, size) is { } whole)
        {
            warn?.Invoke($"'{name}' is a JPEG without its end marker; all of its pixels are present and are read. Copy or export it again.");
            (decoded, result) = (whole, SKCodecResult.Success);
        }

        if (result != SKCodecResult.Success)
        {
            throw Error("PictureDamaged", name, $"starts as a {codec.EncodedFormat} picture of {width}×{height} pixels but cannot be decoded ({result}). Copy or export it again.");
        }

        if (codec.EncodedFormat == SKEncodedImageFormat.Bmp)
        {
            PixelConversion.MakeOpaqueIfTransparent(decoded);
        }

        // The decoder handles the camera orientation in JPEG and WebP.
        SKEncodedOrigin origin = codec.EncodedFormat == SKEncodedImageFormat.Png ? PngOrientation.Of(bytes) : codec.EncodedOrigin;
        return PixelConversion.Convert(decoded, size.Width, size.Height, origin, channels);
    }

    /// <summary>Decodes colours as they are in the file, in a fixed order, and not multiplied with the opacity.</summary>
    private static (byte[] Pixels, SKCodecResult Result) Pixels(SKCodec codec, SKSizeI size)
    {
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        byte[] decoded = GC.AllocateUninitializedArray<byte>(info.BytesSize, pinned: true);
        return (decoded, codec.GetPixels(info, Marshal.UnsafeAddrOfPinnedArrayElement(decoded, 0)));
    }

    /// <summary>
    /// The largest size in which a JPEG is decoded with so many pixels: its blocks of 8×8 pixels are made smaller where they are decoded. One whose coefficients would all have to be held is left out:
    /// they take several bytes a pixel in any size.
    /// </summary>
    private static SKSizeI? Fraction(SKCodec codec, byte[] bytes, int mostPixels)
    {
        if (codec.EncodedFormat != SKEncodedImageFormat.Jpeg || JpegFrame.Of(bytes) is not { IsDecodedInRows: true })
        {
            return null;
        }

        for (int eighths = 7; eighths > 0; eighths--)
        {
            SKSizeI size = codec.GetScaledDimensions(eighths / 8f);
            if ((long)size.Width * size.Height <= mostPixels)
            {
                return size;
            }
        }

        return null;
    }

    /// <summary>
    /// Decodes a JPEG whose end is missing. The decoder fills what is not there with grey and says nothing; so the file is decoded twice, once with other bytes
    /// before the end that is added. These change nothing where all pixels are there, and only there.
    /// </summary>
    /// <param name="bytes">The file.</param>
    /// <param name="size">The size in which it is decoded.</param>
    /// <returns>The pixels; null where some are missing.</returns>
    private static byte[]? WithoutEnd(byte[] bytes, SKSizeI size)
    {
        // A single FF at the end is the first half of the marker.
        byte[] data = bytes is [.., 0xFF] ? bytes[..^1] : bytes;
        if (!JpegScans.AreAllBegun(data))
        {
            return null;
        }

        return Ended([]) is { } plain && Ended(JpegFiller) is { } filled && plain.AsSpan().SequenceEqual(filled) ? plain : null;

        byte[]? Ended(byte[] filler)
        {
            using SKData file = SKData.CreateCopy([.. data, .. filler, .. JpegEnd]);
            using SKCodec? codec = SKCodec.Create(file);
            return codec != null && Pixels(codec, size) is (var pixels, SKCodecResult.Success) ? pixels : null;
        }
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            using FileStream stream = PlainFile.OpenRead(path, FileShare.Read);
            if (stream.Length > MostBytes)
            {
                throw TooLarge(path, $"{stream.Length:N0} bytes", $"{MostBytes:N0} bytes");
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CnnException("FileNotFound", CnnErrorKind.NotFound, $"There is no file '{Path.GetFullPath(path)}'. Check the path.", e)
            { Target = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string folder = Directory.Exists(path) ? " It is a folder: pass the pictures in it." : "";
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message}{folder}", e) { Target = path };
        }
    }

    /// <summary>The error for a picture that is too large.</summary>
    internal static CnnException TooLarge(string name, string size, string limit) => Error(
        "PictureTooLarge", name, $"has {size}, and {limit} is the limit: what a network sees is much smaller. Scale it down, or save it as a JPEG that is not progressive, which is read at a fraction of its size.");

    /// <summary>An error of a picture.</summary>
    internal static CnnException Error(string errorId, string name, string what, Exception? inner = null) =>
        new(errorId, CnnErrorKind.InvalidData, FormattableString.Invariant($"'{name}' {what}"), inner) { Target = name };
}
