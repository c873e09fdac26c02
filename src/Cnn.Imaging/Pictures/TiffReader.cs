using System.Globalization;
using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;

namespace Cnn.Pictures;

/// <summary>
/// Decodes TIFF files: grey, palettes, red-green-blue, YCbCr and CMYK with 1 to 16 bits a value, in strips or tiles, uncompressed or compressed with LZW, deflate, PackBits, JPEG or
/// CCITT (fax). The memory that the sizes in the file demand is checked before decoding begins.
/// </summary>
internal static class TiffReader
{
    /// <summary>The largest strip or tile in bytes: each is decoded as a whole.</summary>
    private const long MostPartBytes = 1L << 29;

    /// <summary>The largest number of pages that are counted.</summary>
    private const int MostPages = 1000;

    private const ushort SubfileTypeTag = 254;
    private const ushort WidthTag = 256;
    private const ushort HeightTag = 257;
    private const ushort BitsTag = 258;
    private const ushort CompressionTag = 259;
    private const ushort StripsTag = 273;
    private const ushort SamplesTag = 277;
    private const ushort RowsPerStripTag = 278;
    private const ushort StripLengthsTag = 279;
    private const ushort PlanesTag = 284;
    private const ushort TileWidthTag = 322;
    private const ushort TileHeightTag = 323;
    private const ushort TilesTag = 324;
    private const ushort TileLengthsTag = 325;
    private const ushort SampleFormatTag = 339;
    private const long UnsignedFormat = 1;
    private const long SeparatePlanes = 2;
    private const long MostPlanes = 4;

    /// <summary>A JPEG may have more pixels than its strip or tile, because it consists of whole blocks.</summary>
    private const long PixelsOfBlocks = 1 << 16;

    /// <summary>Without an error handler the library would write to the console.</summary>
    static TiffReader() => Tiff.SetErrorHandler(new Listener());

    /// <summary>Decodes the first page of a file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue; the picture is converted.</param>
    /// <param name="name">The name of the picture in errors.</param>
    /// <param name="warn">Receives a warning if there are more pages.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="CnnException"><c>PictureFormat</c>, <c>PictureTooLarge</c> or <c>PictureDamaged</c>: see <see cref="PictureReader.Decode"/>.</exception>
    public static Picture Decode(byte[] bytes, int channels, string name, Action<string>? warn)
    {
        TiffDirectory page = TiffDirectory.First(bytes);
        (int width, int height) = Check(page, bytes, name);
        int[] raster = GC.AllocateUninitializedArray<int>(width * height);
        using Input input = new(bytes);
        try
        {
            using Tiff? tiff = Tiff.ClientOpen(name, "r", input, new TiffStream());
            if (tiff == null)
            {
                throw Damaged(name, input.Problem);
            }

            CheckCompression(tiff, page, name);

            // Errors in tags that are not needed, such as an orientation of 0, do not matter.
            input.Problem = null;

            // The orientation is applied later, as for other formats: here the rows keep the order of the file.
            tiff.SetField(TiffTag.ORIENTATION, Orientation.TOPLEFT);
            if (!tiff.ReadRGBAImageOriented(width, height, raster, Orientation.TOPLEFT, stopOnError: true) || input.Problem != null)
            {
                throw Damaged(name, input.Problem);
            }
        }
        catch (Exception e) when (e is not (CnnException or OutOfMemoryException))
        {
            // On contradictory bytes the library throws exceptions of many types.
            throw Damaged(name, input.Problem ?? e.Message, e);
        }

        if (PageCount(page) is > 1 and int pages)
        {
            warn?.Invoke($"'{name}' has {(pages == MostPages ? $"at least {pages}" : pages)} pages. Only the first one is read: save the others as separate files.");
        }

        // Each number has red in its lowest byte.
        Span<byte> pixels = MemoryMarshal.AsBytes(raster.AsSpan());
        PixelConversion.MakeOpaqueIfTransparent(pixels);
        PixelConversion.DivideByOpacity(pixels);
        return PixelConversion.Convert(pixels, width, height, page.Origin, channels);
    }

    /// <summary>Checks the description of the first page before any memory is allocated.</summary>
    /// <returns>Its columns and rows.</returns>
    private static (int Width, int Height) Check(in TiffDirectory page, byte[] file, string name)
    {
        int length = file.Length;
        (long width, long height) = (page.Number(WidthTag) ?? 0, page.Number(HeightTag) ?? 0);
        if (width < 1 || height < 1 || !page.HoldsItsValues() || page.HasTagsTwice())
        {
            throw Damaged(name, "its directory is cut off or contradicts itself");
        }

        if (width * height > PictureReader.MostPixels)
        {
            throw PictureReader.TooLarge(name, FormattableString.Invariant($"{width:N0}×{height:N0} pixels"), FormattableString.Invariant($"{PictureReader.MostPixels:N0} pixels"));
        }

        long bits = page.Number(BitsTag) ?? 1;
        long samples = page.Number(SamplesTag) ?? 1;
        if (bits > 16 || (page.Number(SampleFormatTag) ?? UnsignedFormat) != UnsignedFormat)
        {
            throw PictureReader.Error(
                "PictureFormat", name, FormattableString.Invariant($"is a TIFF picture with {bits} bits a value, or with signed or floating point values. It must have 1 to 16 unsigned bits a value. Save it with 8 bits a value."));
        }

        if (!PixelBound.CanHold(length, 8 * PixelBound.BytesOfTiff, width * height) || !PixelBound.CanHoldInTiff(length, BytesOf(width, height, bits * samples)))
        {
            throw Damaged(name, FormattableString.Invariant($"it claims {width:N0}×{height:N0} pixels of {samples} values, which {length:N0} bytes cannot hold"));
        }

        CheckParts(page, file, width, height, bits, name);
        return ((int)width, (int)height);
    }

    /// <summary>Checks the strips or tiles: each has an offset, and none is larger than the file can hold.</summary>
    private static void CheckParts(in TiffDirectory page, byte[] file, long width, long height, long bits, string name)
    {
        bool isTiled = page.Number(TileWidthTag) != null;
        bool isPlanar = page.Number(PlanesTag) == SeparatePlanes;
        long samples = page.Number(SamplesTag) ?? 1;
        long columns = isTiled ? page.Number(TileWidthTag) ?? 0 : width;
        long rows = isTiled ? page.Number(TileHeightTag) ?? 0 : Math.Min(page.Number(RowsPerStripTag) ?? height, height);
        if (columns < 1 || rows < 1 || samples < 1 || columns > PictureReader.MostPixels || rows > PictureReader.MostPixels)
        {
            throw Damaged(name, FormattableString.Invariant($"it claims strips or tiles of {columns}×{rows} pixels with {samples} values"));
        }

        // Up to four separate planes are in memory at once.
        Int128 bytes = BytesOf(columns, rows, bits * (isPlanar ? MostPlanes : samples));
        if (bytes > MostPartBytes || !PixelBound.CanHoldInTiff(file.Length, bytes))
        {
            throw PictureReader.TooLarge(
                name, FormattableString.Invariant($"{bytes:N0} bytes in a strip or a tile"), FormattableString.Invariant($"{MostPartBytes:N0} bytes, or what the file can hold,"));
        }

        long parts = ((width + columns - 1) / columns) * ((height + rows - 1) / rows) * (isPlanar ? samples : 1);
        if (page.ValueCount(isTiled ? TilesTag : StripsTag) < parts)
        {
            throw Damaged(name, FormattableString.Invariant($"the offsets of its {parts} strips or tiles are missing"));
        }

        long[] places = page.Numbers(isTiled ? TilesTag : StripsTag);
        long[] lengths = page.Numbers(isTiled ? TileLengthsTag : StripLengthsTag);
        for (int part = 0; part < places.Length; part++)
        {
            // If the length of a part is missing, the library reads to the end of the file.
            long length = part < lengths.Length ? lengths[part] : 0;
            if (places[part] > file.Length - length)
            {
                throw Damaged(name, FormattableString.Invariant($"its strip or tile {part} at {places[part]:N0} is beyond the end of the file at {file.Length:N0}"));
            }
        }

        if (page.Number(CompressionTag) == (long)Compression.JPEG)
        {
            CheckJpegs(places, file, columns * rows, name);
        }
    }

    /// <summary>Checks strips or tiles that are JPEGs: each contains sizes of its own, which the decoder trusts.</summary>
    private static void CheckJpegs(long[] places, byte[] file, long pixels, string name)
    {
        foreach (long place in places)
        {
            if (JpegFrame.Of(file.AsSpan((int)Math.Min(place, file.Length))) is not { } frame || (long)frame.Width * frame.Height > (2 * pixels) + PixelsOfBlocks)
            {
                throw Damaged(name, FormattableString.Invariant($"the strip or tile at {place} is not a JPEG of {pixels:N0} pixels"));
            }
        }
    }

    /// <summary>The number of bytes of pixels with a number of bits.</summary>
    private static Int128 BytesOf(Int128 columns, long rows, long bits) => rows * (((columns * bits) + 7) / 8);

    private static void CheckCompression(Tiff tiff, in TiffDirectory page, string name)
    {
        int compression = (int)(page.Number(CompressionTag) ?? 1);
        if (!tiff.IsCodecConfigured((Compression)compression) || compression == (int)Compression.OJPEG)
        {
            throw PictureReader.Error(
                "PictureFormat", name, FormattableString.Invariant($"is a TIFF picture with an unsupported compression (number {compression}). Save it without compression or with LZW, or as PNG."));
        }
    }

    /// <summary>The number of pages, without reduced copies.</summary>
    private static int PageCount(TiffDirectory first)
    {
        int pages = 1;
        int directories = 1;
        for (TiffDirectory page = first.Next; page.Count > 0 && directories < MostPages; page = page.Next)
        {
            directories++;
            pages += (page.Number(SubfileTypeTag) ?? 0) % 2 == 0 ? 1 : 0;
        }

        return pages;
    }

    private static CnnException Damaged(string name, string? why, Exception? inner = null) => PictureReader.Error(
        "PictureDamaged", name, $"begins like a TIFF picture but cannot be decoded: {why ?? "its pixels are cut off"}. Copy or export it again.", inner);

    /// <summary>The bytes, with the first problem that the library reports.</summary>
    private sealed class Input(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public string? Problem { get; set; }
    }

    /// <summary>Records errors with their file. Warnings, mostly about unknown tags, are dropped: they change no pixel.</summary>
    private sealed class Listener : TiffErrorHandler
    {
        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
            if (clientData is Input input)
            {
                string problem = string.Format(CultureInfo.InvariantCulture, format, args).TrimEnd('.');
                input.Problem ??= problem.StartsWith($"{tif?.FileName()}: ", StringComparison.Ordinal) ? problem[(tif!.FileName().Length + 2)..] : problem;
            }
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
