using SkiaSharp;

namespace Cnn.Pictures;

/// <summary>Makes a picture from the output of a decoder.</summary>
internal static class PixelConversion
{
    /// <summary>From this mean on, a drawing has too little contrast with white.</summary>
    private const int LightLuma = 200;

    /// <summary>Rotates pixels upright, composes them over white, or over black if they would be invisible on white, and converts them to one or three channels.</summary>
    /// <param name="source">Red, green, blue and opacity of each pixel, [row][column], as they are stored in the file.</param>
    /// <param name="width">Columns in the file.</param>
    /// <param name="height">Rows in the file.</param>
    /// <param name="origin">The corner of the picture that contains the first pixel (Exif 2.3, tag 0x0112).</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <returns>The picture.</returns>
    public static Picture Convert(ReadOnlySpan<byte> source, int width, int height, SKEncodedOrigin origin, int channels)
    {
        bool turned = origin >= SKEncodedOrigin.LeftTop;
        (int columns, int rows) = turned ? (height, width) : (width, height);
        bool fromRight = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        bool fromBottom = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(columns * rows * channels);
        int ground = IsNearlyWhite(source) ? 0 : 255;
        int next = 0;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                // The position in the file: transposed if the camera was held on its side, and mirrored in the file's own directions.
                (int x, int y) = turned ? (row, column) : (column, row);
                x = fromRight ? width - 1 - x : x;
                y = fromBottom ? height - 1 - y : y;
                ReadOnlySpan<byte> pixel = source.Slice(((y * width) + x) * 4, 4);
                int red = Over(ground, pixel[0], pixel[3]);
                int green = Over(ground, pixel[1], pixel[3]);
                int blue = Over(ground, pixel[2], pixel[3]);
                if (channels == 1)
                {
                    pixels[next++] = Picture.Luma(red, green, blue);
                }
                else
                {
                    pixels[next++] = (byte)red;
                    pixels[next++] = (byte)green;
                    pixels[next++] = (byte)blue;
                }
            }
        }

        return new Picture(columns, rows, channels, pixels);
    }

    /// <summary>
    /// Makes pixels opaque if all of them are transparent. Some programs write BMP files with an empty opacity channel, and other programs show them as
    /// opaque.
    /// </summary>
    /// <param name="pixels">Red, green, blue and opacity of each pixel.</param>
    public static void MakeOpaqueIfTransparent(Span<byte> pixels)
    {
        for (int i = 3; i < pixels.Length; i += 4)
        {
            if (pixels[i] != 0)
            {
                return;
            }
        }

        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = byte.MaxValue;
        }
    }

    /// <summary>Undoes the multiplication of colours with the opacity.</summary>
    /// <param name="pixels">Red, green, blue and opacity of each pixel.</param>
    public static void DivideByOpacity(Span<byte> pixels)
    {
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int opacity = pixels[i + 3];
            if (opacity is > 0 and < 255)
            {
                for (int channel = i; channel < i + 3; channel++)
                {
                    pixels[channel] = (byte)Math.Min(255, ((pixels[channel] * 255) + (opacity / 2)) / opacity);
                }
            }
        }
    }

    /// <summary>Whether what is to be seen of a picture with transparent parts would vanish on white.</summary>
    private static bool IsNearlyWhite(ReadOnlySpan<byte> pixels)
    {
        long opacity = 0;
        long light = 0;
        bool isTransparent = false;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            opacity += pixels[i + 3];
            light += pixels[i + 3] * Picture.Luma(pixels[i], pixels[i + 1], pixels[i + 2]);
            isTransparent |= pixels[i + 3] < 128;
        }

        return isTransparent && light > LightLuma * opacity;
    }

    private static int Over(int ground, int value, int opacity) => ((value * opacity) + (ground * (255 - opacity)) + 127) / 255;
}
