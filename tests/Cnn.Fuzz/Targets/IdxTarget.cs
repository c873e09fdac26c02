using Cnn.Data;
using Cnn.Fuzz.Mutation;
using Cnn.Memory;

namespace Cnn.Fuzz.Targets;

/// <summary>IDX files of images and of labels, of any type, plain and compressed.</summary>
internal sealed class IdxTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) =>
        GzipMutator.Mutate(random, seed, other, plain => ByteMutator.Mutate(random, plain, other));

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        string path = AsFile(input);
        try
        {
            IdxFile images = IdxReader.ReadImages(path);
            return IdxValues.Pixels(images, path).Pixels.Length >= images.Dimensions[0];
        }
        catch (CnnException e) when (e.ErrorId == "IdxMagicNumber")
        {
            IdxFile labels = IdxReader.ReadLabels(path);
            return IdxValues.Labels(labels, path).Length == labels.Dimensions[0];
        }
    }

    /// <inheritdoc/>
    public override long MemoryLimit(byte[] input) =>
        UsualMemory + ((GzipMutator.IsGzip(input) ? 1032L : 1L) * input.Length); // deflate makes 1032 bytes of one at most

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds()
    {
        ImageSet images = SmallNetworks.Images(20, new Shape(1, 6, 5), 3);
        foreach (bool compress in new[] { false, true })
        {
            string ending = compress ? ".gz" : "";
            (string imagesPath, string labelsPath) = (Path.Combine(Folder, "images.idx" + ending), Path.Combine(Folder, "labels.idx" + ending));
            IdxWriter.Write(images, imagesPath, labelsPath, compress);
            yield return (Path.GetFileName(imagesPath), File.ReadAllBytes(imagesPath));
            yield return (Path.GetFileName(labelsPath), File.ReadAllBytes(labelsPath));
        }

        yield return ("columns.idx", [0, 0, (byte)IdxType.Int32, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 9]);
        yield return ("colours.idx", [0, 0, (byte)IdxType.Float32, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0x3f, 0, 0, 0, 0x3f, 0x80, 0, 0]);
    }
}
