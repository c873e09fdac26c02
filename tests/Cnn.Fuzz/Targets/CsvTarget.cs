using System.IO.Compression;
using System.Text;
using Cnn.Data;
using Cnn.Fuzz.Mutation;

namespace Cnn.Fuzz.Targets;

/// <summary>Tables of pixels as CSV. What is read is written plainly and read again, and is the same.</summary>
internal sealed class CsvTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) => ByteMutator.Mutate(random, seed, other);

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        ImageSet images = CsvImages.Read(AsFile(input));
        var text = new StringBuilder("label");
        text.Append(string.Concat(Enumerable.Range(0, images.ImageShape.Length).Select(i => $",pixel{i}"))).Append('\n');
        for (int image = 0; image < images.Count; image++)
        {
            text.Append(images.Label(image)).Append(',').AppendJoin(',', images.Image(image).ToArray()).Append('\n');
        }

        ImageSet again = CsvImages.Read(AsFile(Encoding.UTF8.GetBytes(text.ToString())));
        return images.Pixels.SequenceEqual(again.Pixels) && images.Labels.SequenceEqual(again.Labels)
            ? true
            : throw new InvalidOperationException($"{images} was written, and {again} read.");
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds() =>
    [
        ("train.csv", "label,pixel0,pixel1,pixel2,pixel3\n1,0,255,12,3\n0,4,5,6,7\n"u8.ToArray()),
        ("test.csv", "pixel0,pixel1,pixel2,pixel3\r\n0,255,12,3\r\n"u8.ToArray()),
        ("quoted.csv", "\"a\",\"b\",\"c\",\"d\",\"Label\"\n0,1,2,3,\"pear\"\n4,5,6,7,\"an \"\"apple\"\"\"\n"u8.ToArray()),
        ("plain.csv", "0,1,2,3\n4,5,6,7"u8.ToArray()),
        ("compressed.csv", Compressed("label,pixel0,pixel1,pixel2,pixel3\n1,0,255,12,3\n0,4,5,6,7\n"u8)),
    ];

    private static byte[] Compressed(ReadOnlySpan<byte> text)
    {
        using MemoryStream bytes = new();
        using (GZipStream gzip = new(bytes, CompressionLevel.Optimal))
        {
            gzip.Write(text);
        }

        return bytes.ToArray();
    }
}
