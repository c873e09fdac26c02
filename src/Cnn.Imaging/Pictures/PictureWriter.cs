using Cnn.Files;
using SkiaSharp;

namespace Cnn.Pictures;

/// <summary>Writes pictures as PNG, which keeps every value.</summary>
public static class PictureWriter
{
    /// <summary>Saves a picture, completely or not at all.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="path">The file, usually <c>.png</c>.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <exception cref="CnnException"><c>FileExists</c>, <c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public static void Save(Picture picture, string path, bool overwrite = false)
    {
        byte[] bytes = Encode(picture);
        AtomicFile.Write(path, overwrite, stream => stream.Write(bytes));
    }

    /// <summary>Encodes a picture as PNG.</summary>
    /// <param name="picture">The picture.</param>
    /// <returns>The bytes of the file.</returns>
    public static byte[] Encode(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        bool grey = picture.Channels == 1;
        var info = new SKImageInfo(picture.Width, picture.Height, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque, null);
        using SKImage image = SKImage.FromPixelCopy(info, grey ? picture.Pixels : WithOpacity(picture.Pixels));
        using SKData data = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();
    }

    private static byte[] WithOpacity(byte[] pixels)
    {
        byte[] result = GC.AllocateUninitializedArray<byte>(pixels.Length / 3 * 4);
        for (int from = 0, to = 0; from < pixels.Length; from += 3, to += 4)
        {
            pixels.AsSpan(from, 3).CopyTo(result.AsSpan(to));
            result[to + 3] = byte.MaxValue;
        }

        return result;
    }
}
