using System.IO.Compression;
using Cnn.Memory;

namespace Cnn.Data;

/// <summary>
/// The binary format of CIFAR (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images"): records of one label, or two in CIFAR-100, and 3,072
/// bytes, the red, green and blue planes, row by row. There is no header.
/// </summary>
internal static class CifarDecoder
{
    /// <summary>The shape of every image.</summary>
    public static readonly Shape Shape = new(3, 32, 32);

    /// <summary>Bytes of one image with its labels.</summary>
    /// <param name="labelLength">The number of labels.</param>
    /// <returns>The number of bytes.</returns>
    public static int RecordLength(int labelLength) => labelLength + Shape.Length;

    /// <summary>Reads a whole file.</summary>
    /// <param name="input">The file, plain or compressed with gzip.</param>
    /// <param name="path">Its name in errors.</param>
    /// <param name="labelLength">The number of labels of each image.</param>
    /// <param name="labelAt">The index of the label to return.</param>
    /// <param name="pixels">Receives the images, [image][row][column][channel]: as many as the file must contain.</param>
    /// <param name="labels">Receives the labels.</param>
    /// <param name="check">What else is known about it.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="CnnException">The file has more or fewer images, or is a different file.</exception>
    public static void Read(
        Stream input, string path, int labelLength, int labelAt, Span<byte> pixels, Span<int> labels, ContentCheck? check, CancellationToken cancellation)
    {
        using FramedStream framed = new(input);
        using Stream plain = framed.IsGzip ? new GZipStream(framed, CompressionMode.Decompress) : framed;
        byte[] record = new byte[RecordLength(labelLength)];
        try
        {
            for (int image = 0; image < labels.Length; image++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (plain.ReadAtLeast(record, record.Length, throwOnEndOfStream: false) is var read && read < record.Length)
                {
                    throw Error(path, $"it ends after {((long)image * record.Length) + read} bytes, but {(long)labels.Length * record.Length} are expected");
                }

                check?.Append(record);
                labels[image] = record[labelAt];
                Interleave(record.AsSpan(labelLength), pixels.Slice(image * Shape.Length, Shape.Length));
            }

            if (plain.ReadByte() >= 0)
            {
                throw Error(path, $"it continues after the {(long)labels.Length * record.Length} bytes that are expected");
            }
        }
        catch (InvalidDataException e)
        {
            throw Error(path, $"its compression is damaged ({e.Message})", e);
        }

        check?.Finish(path);
    }

    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        int area = Shape.Height * Shape.Width;
        ReadOnlySpan<byte> red = planes[..area];
        ReadOnlySpan<byte> green = planes.Slice(area, area);
        ReadOnlySpan<byte> blue = planes.Slice(2 * area, area);
        for (int pixel = 0, at = 0; pixel < red.Length; pixel++, at += 3)
        {
            pixels[at] = red[pixel];
            pixels[at + 1] = green[pixel];
            pixels[at + 2] = blue[pixel];
        }
    }

    private static CnnException Error(string path, string what, Exception? inner = null) => new(
        "CifarFormat", CnnErrorKind.InvalidData, $"'{path}' is not a valid CIFAR binary file: {what}. Get the published file, in the binary version.", inner)
    { Target = path };
}
