using Cnn.Data;
using Cnn.Fuzz.Mutation;
using Cnn.Memory;
using Cnn.Serialization;

namespace Cnn.Fuzz.Targets;

/// <summary>Image sets as safetensors files, as the folder of a sweep has them. What is read is written again, and is the same.</summary>
internal sealed class ImageSetTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) => SafetensorsMutator.Mutate(random, seed, other);

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        ImageSet images = ImageSetFile.Read(AsFile(input));
        ImageSet again = ImageSetFile.Read(AsFile(Written(images)));
        return images.Pixels.SequenceEqual(again.Pixels) && images.Labels.SequenceEqual(again.Labels) && $"{images}" == $"{again}"
            ? true
            : throw new InvalidOperationException($"{images} was written, and {again} read.");
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds() =>
    [
        ("grey.safetensors", Written(SmallNetworks.Images(4, SmallNetworks.ImageShape, 3))),
        ("colours.safetensors", Written(SmallNetworks.Images(3, new Shape(3, 5, 4), 2))),
    ];

    private static byte[] Written(ImageSet images)
    {
        using MemoryStream stream = new();
        ImageSetFile.Write(images, stream);
        return stream.ToArray();
    }
}
