using System.Globalization;
using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;

namespace Cnn.Pictures;

/// <summary>
/// Decodes TIFF files: grey, palettes, red-green-blue, YCbCr and CMYK with 1 to 16 bits a value, in strips or tiles, plain or compressed with LZW, deflate, PackBits, JPEG or as
/// a fax. What the sizes in the file would make the decoder ask for is bounded before it begins.
/// </summary>
internal static class TiffReader
{
    /// <summary>Most bytes of a strip or a tile, which are decoded at once.</summary>
    private const long MostPartBytes = 1L << 29;

    /// <summary>Most pages that are counted.</summary>
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

    /// <summary>A JPEG may have more pixels than the strip or tile that it is, since it has whole blocks.</summary>
    private const long PixelsOfBlocks = 1 << 16;

    /// <summary>The library writes to the console where nobody else listens.</summary>
    static TiffReader() => Tiff.SetErrorHandler(new Listener());

    /// <summary>Decodes the first page of a file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue, whatever the file has.</param>
    /// <param name="name">What an error calls the picture.</param>
    /// <param name="warn">Is told that there are more pages.</param>
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

            // What is wrong with tags that are not needed, an orientation of 0 for instance, does not matter.
            input.Problem = null;

            // The camera's note is obeyed afterwards, as in other formats: here the rows come as they lie in the file.
            tiff.SetField(TiffTag.ORIENTATION, Orientation.TOPLEFT);
            if (!tiff.ReadRGBAImageOriented(width, height, raster, Orientation.TOPLEFT, stopOnError: true) || input.Problem != null)
            {
                throw Damaged(name, input.Problem);
            }
        }
        catch (Exception e) when (e is not (CnnException or OutOfMemoryException))
        {
            // Bytes that contradict themselves end in whatever the library comes upon.
            throw Damaged(name, input.Problem ?? e.Message, e);
        }

        if (PageCount(page) is > 1 and int pages)
        {
            warn?.Invoke($"'{name}' has {(pages == MostPages ? $"at least {pages}" : pages)} pages, of which the first is read. Save the others as files of their own where they are wanted.");
        }

        // Each number has red in its lowest byte.
        Span<byte> pixels = MemoryMarshal.AsBytes(raster.AsSpan());
        PixelConversion.MakeOpaqueIfTransparent(pixels);
        PixelConversion.DivideByOpacity(pixels);
        return PixelConversion.Convert(pixels, width, height, page.Origin, channels);
    }

    /// <summary>Checks what the first page says of itself, before anything is asked for.</summary>
    /// <returns>Its columns and rows.</returns>
    private static (int Width, int Height) Check(in TiffDirectory page, byte[] file, string name)
    {
        int length = file.Length;
        (long width, long height) = (page.Number(WidthTag) ?? 0, page.Number(HeightTag) ?? 0);
        if (width < 1 || height < 1 || !page.HoldsItsValues() || page.HasTagsTwice())
        {
            throw Damaged(name, "the list of what it has is cut off or contradicts itself");
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
                "PictureFormat", name, FormattableString.Invariant($"is a TIFF picture with {bits} bits a value, or with signed or floating point values, and 1 to 16 bits without a sign are read. Save it with 8 bits a value."));
        }

        if (!PixelBound.CanHold(length, 8 * PixelBound.BytesOfTiff, width * height) || !PixelBound.CanHoldInTiff(length, BytesOf(width, height, bits * samples)))
        {
            throw Damaged(name, FormattableString.Invariant($"it says that it has {width:N0}×{height:N0} pixels of {samples} values, and {length:N0} bytes cannot hold so many"));
        }

        CheckParts(page, file, width, height, bits, name);
        return ((int)width, (int)height);
    }

    /// <summary>Checks the strips or tiles: there is a place for each, and none is larger than the file can hold.</summary>
    private static void CheckParts(in TiffDirectory page, byte[] file, long width, long height, long bits, string name)
    {
        bool isTiled = page.Number(TileWidthTag) != null;
        bool isPlanar = page.Number(PlanesTag) == SeparatePlanes;
        long samples = page.Number(SamplesTag) ?? 1;
        long columns = isTiled ? page.Number(TileWidthTag) ?? 0 : width;
        long rows = isTiled ? page.Number(TileHeightTag) ?? 0 : Math.Min(page.Number(RowsPerStripTag) ?? height, height);
        if (columns < 1 || rows < 1 || samples < 1 || columns > PictureReader.MostPixels || rows > PictureReader.MostPixels)
        {
            throw Damaged(name, FormattableString.Invariant($"it says that its parts have {columns}×{rows} pixels of {samples} values"));
        }

        // Of separate planes, up to four are held at once.
        Int128 bytes = BytesOf(columns, rows, bits * (isPlanar ? MostPlanes : samples));
        if (bytes > MostPartBytes || !PixelBound.CanHoldInTiff(file.Length, bytes))
        {
            throw PictureReader.TooLarge(
                name, FormattableString.Invariant($"{bytes:N0} bytes in a strip or a tile"), FormattableString.Invariant($"{MostPartBytes:N0} bytes, or what the bytes of the file can hold,"));
        }

        long parts = ((width + columns - 1) / columns) * ((height + rows - 1) / rows) * (isPlanar ? samples : 1);
        if (page.ValueCount(isTiled ? TilesTag : StripsTag) < parts)
        {
            throw Damaged(name, FormattableString.Invariant($"it does not say where its {parts} parts are"));
        }

        long[] places = page.Numbers(isTiled ? TilesTag : StripsTag);
        long[] lengths = page.Numbers(isTiled ? TileLengthsTag : StripLengthsTag);
        for (int part = 0; part < places.Length; part++)
        {
            // Where the file does not say how long a part is, the library takes what is left.
            long length = part < lengths.Length ? lengths[part] : 0;
            if (places[part] > file.Length - length)
            {
                throw Damaged(name, FormattableString.Invariant($"its part {part} at {places[part]:N0} is beyond its end at {file.Length:N0}"));
            }
        }

        if (page.Number(CompressionTag) == (long)Compression.JPEG)
        {
            CheckJpegs(places, file, columns * rows, name);
        }
    }

    /// <summary>Checks parts that are a JPEG each: it has sizes of its own, which the decoder believes.</summary>
    private static void CheckJpegs(long[] places, byte[] file, long pixels, string name)
    {
        foreach (long place in places)
        {
            if (JpegFrame.Of(file.AsSpan((int)Math.Min(place, file.Length))) is not { } frame || (long)frame.Width * frame.Height > (2 * pixels) + PixelsOfBlocks)
            {
                throw Damaged(name, FormattableString.Invariant($"the strip or tile at {place} is no JPEG of {pixels:N0} pixels"));
            }
        }
    }

    /// <summary>Bytes of pixels of so many bits.</summary>
    private static Int128 BytesOf(Int128 columns, long rows, long bits) => rows * (((columns * bits) + 7) / 8);

    private static void CheckCompression(Tiff tiff, in TiffDirectory page, string name)
    {
        int compression = (int)(page.Number(CompressionTag) ?? 1);
        if (!tiff.IsCodecConfigured((Compression)compression) || compression == (int)Compression.OJPEG)
        {
            throw PictureReader.Error(
                "PictureFormat", name, FormattableString.Invariant($"is a TIFF picture that is compressed in a way that is not read (number {compression}). Save it without compression or with LZW, or as PNG."));
        }
    }

    /// <summary>How many pages there are: not what is there a second time and smaller.</summary>
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
        "PictureDamaged", name, $"begins as a TIFF picture and cannot be decoded: {why ?? "its pixels are cut off"}. Copy or export it again.", inner);

    /// <summary>The bytes, with the first problem that the library has with them.</summary>
    private sealed class Input(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public string? Problem { get; set; }
    }

    /// <summary>Keeps errors with the file that they are of. What the library only warns of, unknown tags mostly, changes no pixel.</summary>
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
