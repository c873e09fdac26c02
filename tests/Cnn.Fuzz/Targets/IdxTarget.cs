using Cnn.Data;
using Cnn.Fuzz.Mutation;
using Cnn.Memory;

namespace Cnn.Fuzz.Targets;

/// <summary>IDX files of images and of labels, plain and compressed.</summary>
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
            return IdxReader.ReadImages(path).Dimensions.Count == 3;
        }
        catch (CnnException e) when (e.ErrorId == "IdxMagicNumber")
        {
            return IdxReader.ReadLabels(path).Dimensions.Count == 1;
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
    }
}
