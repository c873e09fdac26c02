using Cnn.Fuzz.Mutation;
using Cnn.Memory;
using Cnn.Pictures;
using SkiaSharp;

namespace Cnn.Fuzz.Targets;

/// <summary>Pictures. One that is decoded becomes an image for a model.</summary>
internal sealed class PictureTarget : FuzzTarget
{
    /// <summary>Four bytes of the decoder, three of the picture, and what is between two steps of a conversion.</summary>
    private const int BytesPerPixel = 16;

    /// <summary>A picture of so many pixels is decoded however short its file is.</summary>
    private const long FewPixels = 1 << 20;

    /// <summary>A PNG of one bit a pixel: deflate makes 1032 bytes of one at most.</summary>
    private const long MostPixelsPerByte = 8 * 1032;

    /// <summary>A fax of white rows of 8,192 pixels, one bit each.</summary>
    private const long MostPixelsPerByteOfFax = 8 * 8192;

    private static readonly PictureConversion Conversion = new(new Shape(1, 28, 28), Center: true);

    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) =>
        PngMutator.IsPng(seed) ? PngMutator.Mutate(random, seed, other) : ByteMutator.Mutate(random, seed, other);

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        Picture picture = PictureReader.Decode(input, channels: input.Length % 2 == 0 ? 1 : 3, "input");
        return Conversion.Apply(picture).Length == Conversion.Shape.Length;
    }

    /// <inheritdoc/>
    public override long MemoryLimit(byte[] input)
    {
        // A WebP of one colour says so once, whatever its size: nothing but the limit of all pictures bounds it. A TIFF may be a fax of white rows.
        bool isWebp = input.AsSpan().StartsWith("RIFF"u8);
        bool isTiff = input.AsSpan().StartsWith("II"u8) || input.AsSpan().StartsWith("MM"u8);
        long pixels = isWebp ? PictureReader.MostPixels : Math.Max(FewPixels, (isTiff ? MostPixelsPerByteOfFax : MostPixelsPerByte) * input.Length);
        return UsualMemory + (BytesPerPixel * Math.Min(pixels, PictureReader.MostPixels));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds()
    {
        using SKBitmap bitmap = new(new SKImageInfo(12, 9, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < bitmap.Height; y++)
        {
            for (int x = 0; x < bitmap.Width; x++)
            {
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 20), (byte)(y * 25), (byte)(x * y), (byte)(255 - (y * 9))));
            }
        }

        foreach (SKEncodedImageFormat format in new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            foreach (int quality in new[] { 60, 100 })
            {
                using SKData data = bitmap.Encode(format, quality);
                yield return ($"quality-{quality}.{format}".ToLowerInvariant(), data.ToArray());
            }
        }

        // Of Pillow 9.4: 18 by 5 pixels.
        yield return ("lzw.tif", Convert.FromBase64String("SUkqAGwAAACAAAGhoTjQgk4tmg6oJHpxUrZhtBuh0VDciFEvGs8IVJJ9WLljNNwO19DojlQwm49ohKqJXrxktZxvB+goLlcyHE/ItMKVZL9mNlzPOBQQaHRAo5NqhasJntx0vYBhCKRYowEACQAAAQMAAQAAABIAAAABAQMAAQAAAAUAAAACAQMAAQAAAAgAAAADAQMAAQAAAAUAAAAGAQMAAQAAAAEAAAARAQQAAQAAAAgAAAAWAQMAAQAAAAUAAAAXAQQAAQAAAGMAAAAcAQMAAQAAAAEAAAAAAAAA"));
        yield return ("deflate.tif", Convert.FromBase64String("SUkqAP4AAAB4nAXBsWYEURQG4J+wLGPCEIYdSxjCZRknrCmWkGJMFcKttlqTI9UW04RUtwppptjqkCsPcB8gpk5xi1OkmieYJ5hnyPcBSIECMEANNIAFOqAHHDAAHgjACERgAmZgAUBI6aqglaF1TUlD15ayjm56yh1tBtp6ug1UjnQXyUy0m6la6B6MlFcFJ4azmvOGt5bLjk3PleP9wAfPj4HbkZ8i24mPM58WfoUglXUhmZFNLWUjOyv7Th56aZ08D3L08hLkPMpbFDfJ5yyXRb6gSDUpNDda1lo1erDadmp7PTk9D/ru9SPoZdTvqGHSn1l/F/37B+6SXu0KAAABAwABAAAAEgAAAAEBAwABAAAABQAAAAIBAwADAAAAfAEAAAMBAwABAAAACAAAAAYBAwABAAAAAgAAABEBBAABAAAACAAAABUBAwABAAAAAwAAABYBAwABAAAABQAAABcBBAABAAAA9gAAABwBAwABAAAAAQAAAAAAAAAIAAgACAA="));
        yield return ("fax.tif", Convert.FromBase64String("SUkqABQAAAAnFChBQgUEFABABAAJAAABAwABAAAAEgAAAAEBAwABAAAABQAAAAIBAwABAAAAAQAAAAMBAwABAAAABAAAAAYBAwABAAAAAQAAABEBBAABAAAACAAAABYBAwABAAAABQAAABcBBAABAAAACwAAABwBAwABAAAAAQAAAAAAAAA="));
        yield return ("jpeg.tif", Convert.FromBase64String("SUkqAJYAAAD/2P/AABEIABAAEANSEQBHEQBCEQD/2gAMA1IARwBCAAA/AOf03tWF/Zn+zXNWNl9oxxnNdbpvaj+zP9mtxNAt4ofOumSKP1bvxnA9Tx0Fclpvauz/ALM/2aPDyRRWjXM/+rjXcemT7DPc9BXW6b2o/sz/AGasIm//AE/Uf3s0nEUS8Z/2R6KM9f5k8//ZCwAAAQMAAQAAABAAAAABAQMAAQAAABAAAAACAQMAAwAAACABAAADAQMAAQAAAAcAAAAGAQMAAQAAAAIAAAARAQQAAQAAAAgAAAAVAQMAAQAAAAMAAAAWAQMAAQAAABAAAAAXAQQAAQAAAI4AAAAcAQMAAQAAAAEAAABbAQcAIQEAACYBAAAAAAAACAAIAAgA/9j/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/xAAfAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgv/xAC1EAACAQMDAgQDBQUEBAAAAX0BAgMABBEFEiExQQYTUWEHInEUMoGRoQgjQrHBFVLR8CQzYnKCCQoWFxgZGiUmJygpKjQ1Njc4OTpDREVGR0hJSlNUVVZXWFlaY2RlZmdoaWpzdHV2d3h5eoOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4eLj5OXm5+jp6vHy8/T19vf4+fr/2Q=="));
        yield return ("tiles-with-opacity.tif", Convert.FromBase64String("SUkqAIwAAAD+ABT/DgAA/xwAAP8qAAD/OAAA/0YAAP/ZABcAEAD/DhAD/xwQBv8qEAn/OBAM/0YQD//ZABcAIAD/DiAG/xwgDP8qIBL/OCAY/0YgHv/ZABcAMAD/DjAJ/xwwEv8qMBv/ODAk/0YwLf/ZAMEAwQDBAMEAwQDBAMEAwQDBAMEAwQDBAAANAAABAwABAAAABgAAAAEBAwABAAAABAAAAAIBAwAEAAAALgEAAAMBAwABAAAABYAAAAYBAwABAAAAAgAAABIBAwABAAAAAQAAABUBAwABAAAABAAAABwBAwABAAAAAQAAAEIBAwABAAAAEAAAAEMBAwABAAAAEAAAAEQBBAABAAAACAAAAEUBBAABAAAAgwAAAFIBAwABAAAAAgAAAAAAAAAIAAgACAAIAA=="));
        yield return ("two-colours.gif", Convert.FromHexString("47494638396102000200800000FFFFFF0A141E2C00000000020002000002050C1482A50000" + "3B"));
        byte[] rows = [255, 0, 0, 0, 255, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0];
        yield return ("four-pixels.bmp", [.. Convert.FromHexString("424D46000000000000003600000028000000020000000200000001001800000000001000000000000000000000000000000000000000"), 0, 0, .. rows]);
    }
}
