using System.Buffers.Binary;
using System.IO.Compression;
using Cnn.Files;

namespace Cnn.Data;

/// <summary>
/// Writes sets of grey images in the IDX format of MNIST: four bytes of magic number (0, 0, type, number of dimensions), one big-endian
/// 32-bit size for every dimension, then the values (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
/// </summary>
public static class IdxWriter
{
    /// <summary>Writes images and their labels; each file is written completely or not at all.</summary>
    /// <param name="images">The images, with one channel.</param>
    /// <param name="imagesPath">The file of the images.</param>
    /// <param name="labelsPath">The file of the labels.</param>
    /// <param name="compress">Whether they are compressed with gzip.</param>
    /// <param name="overwrite">Whether existing files may be replaced.</param>
    /// <exception cref="CnnException">The images have colours, a file exists, or the system refuses.</exception>
    public static void Write(ImageSet images, string imagesPath, string labelsPath, bool compress = false, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(imagesPath);
        ArgumentNullException.ThrowIfNull(labelsPath);
        CheckChannels(images);
        AtomicFile.Write(imagesPath, overwrite, target => WriteImages(images, target, compress));
        AtomicFile.Write(labelsPath, overwrite, target => WriteLabels(images, target, compress));
    }

    /// <summary>An IDX file of images has three dimensions, none of them for colours.</summary>
    internal static void CheckChannels(ImageSet images)
    {
        if (images.ImageShape.Channels != 1)
        {
            throw new CnnException(
                "IdxChannels",
                CnnErrorKind.InvalidArgument,
                $"The images of {images.Name} are {images.ImageShape} (channels×height×width), but IDX files hold grey images, with one channel. "
                + "Write colour images as PNG files.")
            { Target = images };
        }
    }

    internal static void WriteImages(ImageSet images, Stream target, bool compress) =>
        Write(target, compress, IdxDecoder.ImageMagic, [images.Count, images.ImageShape.Height, images.ImageShape.Width], plain =>
        {
            foreach (ImageSet run in images.Runs())
            {
                plain.Write(run.Pixels);
            }
        });

    internal static void WriteLabels(ImageSet images, Stream target, bool compress) =>
        Write(
            target,
            compress,
            images.HasNarrowLabels ? IdxDecoder.LabelMagic : IdxDecoder.IntegerLabelMagic,
            [images.Count],
            plain => plain.Write(images.HasNarrowLabels ? images.NarrowLabels() : BigEndian(images.Labels)));

    private static byte[] BigEndian(ReadOnlySpan<int> labels)
    {
        byte[] bytes = new byte[labels.Length * sizeof(int)];
        for (int i = 0; i < labels.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(i * sizeof(int)), labels[i]);
        }

        return bytes;
    }

    private static void Write(Stream target, bool compress, uint magic, ReadOnlySpan<int> sizes, Action<Stream> writeValues)
    {
        Span<byte> header = stackalloc byte[4 + (4 * sizes.Length)];
        BinaryPrimitives.WriteUInt32BigEndian(header, magic);
        for (int i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header[(4 + (4 * i))..], sizes[i]);
        }

        using Stream? compressed = compress ? new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true) : null;
        (compressed ?? target).Write(header);
        writeValues(compressed ?? target);
    }
}
