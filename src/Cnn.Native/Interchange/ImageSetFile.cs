using System.Buffers.Binary;
using System.Text.Json;
using Cnn.Data;
using Cnn.Memory;

namespace Cnn.Interchange;

/// <summary>
/// An image set as one safetensors file: <c>pixels</c>, unsigned bytes [image][row][column][channel], <c>labels</c>, unsigned bytes [image], and
/// the names in the metadata. Unlike IDX it holds colours, and unlike pictures it is read at the speed of the disk.
/// </summary>
internal static class ImageSetFile
{
    private const string FormatName = "cnn.format";
    private const string Format = "images";
    private const string NamesName = "cnn.names";
    private const string PixelsName = "pixels";
    private const string LabelsName = "labels";
    private const string UnsignedByte = "U8";

    /// <summary>Writes a set.</summary>
    /// <param name="images">The images.</param>
    /// <param name="stream">Where to.</param>
    public static void Write(ImageSet images, Stream stream)
    {
        Shape shape = images.ImageShape;
        long pixels = images.Pixels.Length;
        byte[] header = SafetensorsHeader.Compose(
            new Dictionary<string, string> { [FormatName] = Format, [NamesName] = StrictJson.Write(new Names(images.Name, [.. images.ClassNames])) },
            [
                new SafetensorsTensor(PixelsName, UnsignedByte, [images.Count, shape.Height, shape.Width, shape.Channels], 0, pixels),
                new SafetensorsTensor(LabelsName, UnsignedByte, [images.Count], pixels, pixels + images.Count),
            ]);
        Span<byte> prefix = stackalloc byte[SafetensorsFormat.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        stream.Write(images.Pixels);
        stream.Write(images.Labels);
    }

    /// <summary>Reads a set.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The set.</returns>
    /// <exception cref="CnnException">
    /// <c>ImagesFormat</c>: it is another kind of file, or its tensors are no images. <c>FileNotFound</c>, <c>ReadFailed</c>, or what is wrong
    /// with a safetensors file or an image set.
    /// </exception>
    public static ImageSet Read(string path)
    {
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        if (reader.Metadata.GetValueOrDefault(FormatName) != Format || !reader.Metadata.TryGetValue(NamesName, out string? text))
        {
            throw Malformed(path, $"its metadata has no '{FormatName}' of '{Format}' and no '{NamesName}'.");
        }

        SafetensorsTensor pixels = Tensor(reader, path, PixelsName, 4);
        SafetensorsTensor labels = Tensor(reader, path, LabelsName, 1);
        if (pixels.ByteLength > Array.MaxLength || pixels.Dimensions.Skip(1).Any(length => length is < 1 or > int.MaxValue) || labels.Dimensions[0] != pixels.Dimensions[0])
        {
            throw Malformed(path, $"{pixels} and {labels} are no images and their labels.");
        }

        Names names;
        try
        {
            names = StrictJson.Read<Names>(text);
        }
        catch (JsonException e)
        {
            throw Malformed(path, $"its names cannot be read: {e.Message}", e);
        }

        byte[] labelBytes = Bytes(reader, labels);
        if (ImageSet.FirstLabelOutside(labelBytes, names.Classes.Length) is >= 0 and int outside)
        {
            throw Malformed(path, $"label {labelBytes[outside]} of image {outside} has no class: there are {names.Classes.Length}.");
        }

        Shape shape = new((int)pixels.Dimensions[3], (int)pixels.Dimensions[1], (int)pixels.Dimensions[2]);
        return ImageSet.FromPinned(Bytes(reader, pixels), 0, labelBytes, 0, labelBytes.Length, shape, names.Classes, names.Set);
    }

    private static SafetensorsTensor Tensor(SafetensorsReader reader, string path, string name, int dimensions) =>
        reader.Tensors.FirstOrDefault(tensor => tensor.Name == name) is { Type: UnsignedByte } found && found.Dimensions.Count == dimensions
            ? found
            : throw Malformed(path, $"it has no tensor '{name}' of unsigned bytes with {dimensions} dimensions.");

    private static byte[] Bytes(SafetensorsReader reader, SafetensorsTensor tensor)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)tensor.ByteLength, pinned: true);
        reader.ReadBytes(tensor, 0, bytes);
        return bytes;
    }

    private static CnnException Malformed(string path, string wrong, Exception? inner = null) =>
        new("ImagesFormat", CnnErrorKind.InvalidData, $"'{path}' is no file of images: {wrong} Write it again.", inner) { Target = path };

    /// <summary>The names in a file.</summary>
    /// <param name="Set">What people call the set.</param>
    /// <param name="Classes">The names of the classes, by label.</param>
    private sealed record Names(string Set, string[] Classes);
}
