namespace Cnn.Pictures;

/// <summary>Formats of pictures that people have and that are not read: an error names them, whatever the file is called.</summary>
internal static class OtherPictures
{
    /// <summary>Where the kind of a file of boxes (ISO/IEC 14496-12, 4.3) begins.</summary>
    private const int BrandStart = 8;

    private static ReadOnlySpan<byte> CodeStream => [0xFF, 0x4F, 0xFF, 0x51];

    private static ReadOnlySpan<byte> JpegXl => [0xFF, 0x0A];

    /// <summary>The name of the format of a file.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The name; null for a format that is not known.</returns>
    public static string? NameOf(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8))
        {
            return "BigTIFF";
        }

        if (file.StartsWith("8BPS"u8))
        {
            return "PSD (Photoshop)";
        }

        if (file.StartsWith("%PDF"u8))
        {
            return "PDF";
        }

        if (file.StartsWith("\0\0\0\fjP  "u8) || file.StartsWith(CodeStream))
        {
            return "JPEG 2000";
        }

        if (file.StartsWith("\0\0\0\fJXL "u8) || file.StartsWith(JpegXl))
        {
            return "JPEG XL";
        }

        return file.Length < BrandStart + 4 || !file[4..].StartsWith("ftyp"u8) ? null
            : file[BrandStart..].StartsWith("avi"u8) ? "AVIF"
            : IsHeif(file[BrandStart..]) ? "HEIC (HEIF), as phones take them" : null;
    }

    private static bool IsHeif(ReadOnlySpan<byte> brand) =>
        brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.StartsWith("mif1"u8) || brand.StartsWith("msf1"u8);
}
