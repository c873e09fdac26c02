using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Cnn.Data;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Serialization;

/// <summary>
/// An image set as one safetensors file: <c>pixels</c>, unsigned bytes [image][row][column][channel]; <c>labels</c>, [image], unsigned bytes or, for more
/// than 256 classes, 32-bit integers; and in the metadata the names and the conversion of the pictures. Unlike IDX it stores colours, and unlike pictures it
/// is read at the speed of the disk.
/// </summary>
internal static class ImageSetFile
{
    private const string FormatName = "cnn.format";
    private const string Format = "images";
    private const string NamesName = "cnn.names";
    private const string ConversionName = "cnn.conversion";
    private const string PixelsName = "pixels";
    private const string LabelsName = "labels";
    private const string UnsignedByte = "U8";
    private const string Integer = "I32";
    private const int MostPieceLength = 1 << 30;

    /// <summary>Writes a set.</summary>
    /// <param name="images">The images.</param>
    /// <param name="stream">The destination.</param>
    public static void Write(ImageSet images, Stream stream)
    {
        Shape shape = images.ImageShape;
        long pixels = images.ByteCount;
        ReadOnlySpan<byte> labels = images.HasNarrowLabels ? images.NarrowLabels() : MemoryMarshal.AsBytes(images.Labels);
        Dictionary<string, string> texts = new() { [FormatName] = Format, [NamesName] = StrictJson.Write(new Names(images.Name, [.. images.ClassNames])) };
        if (images.Conversion is { } conversion)
        {
            texts[ConversionName] = ConversionText.Write(conversion);
        }

        byte[] header = SafetensorsHeader.Compose(
            texts,
            [
                new SafetensorsTensor(PixelsName, UnsignedByte, [images.Count, shape.Height, shape.Width, shape.Channels], 0, pixels),
                new SafetensorsTensor(LabelsName, images.HasNarrowLabels ? UnsignedByte : Integer, [images.Count], pixels, pixels + labels.Length),
            ]);
        Span<byte> prefix = stackalloc byte[SafetensorsFormat.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (ImageSet run in images.Runs())
        {
            stream.Write(run.Pixels);
        }

        stream.Write(labels);
    }

    /// <summary>Reads a set.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The set.</returns>
    /// <exception cref="CnnException">
    /// <c>ImagesFormat</c>: it is another kind of file, or its tensors are not images. <c>FileNotFound</c>, <c>ReadFailed</c>, or the errors of a safetensors
    /// file or an image set.
    /// </exception>
    public static ImageSet Read(string path)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        if (reader.Metadata.GetValueOrDefault(FormatName) != Format || !reader.Metadata.TryGetValue(NamesName, out string? text))
        {
            throw Malformed(path, $"its metadata has no '{FormatName}' of '{Format}' and no '{NamesName}'.");
        }

        SafetensorsTensor pixels = Tensor(reader, path, PixelsName, 4, UnsignedByte);
        SafetensorsTensor labels = Tensor(reader, path, LabelsName, 1, UnsignedByte, Integer);
        if (pixels.ByteLength > PixelMemory.MostBytes || labels.ByteLength > Array.MaxLength || pixels.Dimensions.Skip(1).Any(length => length is < 1 or > int.MaxValue) || labels.Dimensions[0] != pixels.Dimensions[0])
        {
            throw Malformed(path, $"{pixels} and {labels} are not images and their labels.");
        }

        Shape shape = new((int)pixels.Dimensions[3], (int)pixels.Dimensions[1], (int)pixels.Dimensions[2]);
        Names names;
        PictureConversion? conversion;
        try
        {
            names = StrictJson.Read<Names>(text);
            conversion = reader.Metadata.TryGetValue(ConversionName, out string? made) ? ConversionText.Read(made, shape) : null;
        }
        catch (JsonException e)
        {
            throw Malformed(path, $"its names or its conversion cannot be read: {e.Message}", e);
        }

        ImageSet.CheckSize(pixels.Dimensions[0], shape, path);
        byte[] labelBytes = Bytes(reader, labels);
        int[] numbers = labels.Type == UnsignedByte ? ImageSet.Widened(labelBytes) : Integers(labelBytes);
        if (ImageSet.FirstLabelOutside(numbers, names.Classes.Length) is >= 0 and int outside)
        {
            throw Malformed(path, $"label {numbers[outside]} of image {outside} has no class: there are {names.Classes.Length}.");
        }

        return ImageSet.FromPinned(Pixels(reader, pixels), 0, numbers, 0, numbers.Length, shape, names.Classes, names.Set, conversion);
    }

    private static SafetensorsTensor Tensor(SafetensorsReader reader, string path, string name, int dimensions, params string[] types) =>
        reader.Tensors.FirstOrDefault(tensor => tensor.Name == name) is { } found && types.Contains(found.Type) && found.Dimensions.Count == dimensions
            ? found
            : throw Malformed(path, $"it has no tensor '{name}' of the type {string.Join(" or ", types)} with {dimensions} dimensions.");

    private static int[] Integers(ReadOnlySpan<byte> bytes)
    {
        int[] integers = GC.AllocateUninitializedArray<int>(bytes.Length / sizeof(int), pinned: true);
        MemoryMarshal.Cast<byte, int>(bytes).CopyTo(integers);
        return integers;
    }

    private static PixelMemory Pixels(SafetensorsReader reader, SafetensorsTensor tensor)
    {
        PixelMemory pixels = PixelMemory.Allocate(tensor.ByteLength);
        for (long start = 0; start < pixels.Length; start += MostPieceLength)
        {
            reader.ReadBytes(tensor, start, pixels.Slice(start, (int)Math.Min(MostPieceLength, pixels.Length - start)));
        }

        return pixels;
    }

    private static byte[] Bytes(SafetensorsReader reader, SafetensorsTensor tensor)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)tensor.ByteLength, pinned: true);
        reader.ReadBytes(tensor, 0, bytes);
        return bytes;
    }

    private static CnnException Malformed(string path, string wrong, Exception? inner = null) =>
        new("ImagesFormat", CnnErrorKind.InvalidData, $"'{path}' is not a file of images: {wrong} Write it again.", inner) { Target = path };

    /// <summary>The names in a file.</summary>
    /// <param name="Set">The display name of the set.</param>
    /// <param name="Classes">The names of the classes, by label.</param>
    private sealed record Names(string Set, string[] Classes);
}
