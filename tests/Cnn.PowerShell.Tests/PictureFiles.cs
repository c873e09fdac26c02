using System.Buffers.Binary;
using Cnn.Pictures;

namespace Cnn.PowerShell.Tests;

/// <summary>Picture files, good and bad, made when they are needed.</summary>
internal static class PictureFiles
{
    /// <summary>A grey bitmap (BMP, 24 bits a pixel): simple enough to be written without the library that will read it.</summary>
    public static byte[] Bitmap(Picture picture)
    {
        int rowLength = ((picture.Width * 3) + 3) / 4 * 4;
        byte[] file = BitmapHeader(picture.Width, picture.Height, rowLength * picture.Height);
        for (int row = 0; row < picture.Height; row++)
        {
            // The last row comes first.
            int at = 54 + ((picture.Height - 1 - row) * rowLength);
            for (int column = 0; column < picture.Width; column++)
            {
                file.AsSpan(at + (3 * column), 3).Fill(picture.Pixels[(row * picture.Width) + column]);
            }
        }

        return file;
    }

    /// <summary>A bitmap that promises 20,000 × 20,000 pixels, and has none.</summary>
    public static byte[] Enormous() => BitmapHeader(20_000, 20_000, 0);

    /// <summary>Puts a file into a folder, which is made.</summary>
    public static string Put(this TemporaryFolder folder, string name, byte[] content)
    {
        string path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] BitmapHeader(int width, int height, int length)
    {
        byte[] file = new byte[54 + length];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        file[26] = 1;
        file[28] = 24;
        return file;
    }
}
