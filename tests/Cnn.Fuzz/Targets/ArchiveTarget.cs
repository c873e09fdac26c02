using System.Formats.Tar;
using System.IO.Compression;
using Cnn.Data;
using Cnn.Fuzz.Mutation;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.Fuzz.Targets;

/// <summary>Zip and tar archives of pictures in class folders. A picture is what its first byte says: the pictures themselves are another target.</summary>
internal sealed class ArchiveTarget : FuzzTarget
{
    /// <summary>What deflate makes of a byte, and how often the bytes of a file are held while it is read.</summary>
    private const long MostPerByte = 1032 * 3;

    private static readonly string[] Names = ["fruit/apple/1.png", "fruit/apple/2.jpg", "fruit/pear/1.png", "fruit/pear/notes.txt", $"fruit/pear/{new string('n', 120)}.png", "fruit/class-names.txt"];

    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) => seed switch
    {
        [(byte)'P', (byte)'K', ..] => ByteMutator.Mutate(random, seed, other),
        _ when GzipMutator.IsGzip(seed) => GzipMutator.Mutate(random, seed, other, plain => TarMutator.Mutate(random, plain, other)),
        _ => TarMutator.Mutate(random, seed, other),
    };

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        PictureArchive archive = PictureArchive.Open(AsFile(input), recurse: input.Length % 2 == 0);
        ImageSet images = archive.Read((bytes, _, channels) => new Picture(1, 1, channels, new byte[channels]), new PictureRequest(new Shape(1, 1, 1)));
        return images.Count == archive.Count && images.ClassNames.Count == archive.ClassNames.Count;
    }

    /// <inheritdoc/>
    public override long MemoryLimit(byte[] input) => UsualMemory + (MostPerByte * input.Length);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds()
    {
        yield return ("pictures.zip", Zip());
        byte[] tar = Tar(TarEntryFormat.Pax);
        yield return ("pictures.tar", tar);
        yield return ("gnu.tar", Tar(TarEntryFormat.Gnu));
        yield return ("pictures.tar.gz", GzipMutator.Compress(tar));
    }

    private static byte[] ContentOf(string name) => name.EndsWith("names.txt", StringComparison.Ordinal) ? [.. "pear\napple\n"u8] : [1, 2, (byte)name.Length];

    private static byte[] Zip()
    {
        using MemoryStream archive = new();
        using (ZipArchive zip = new(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string name in Names)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using Stream content = entry.Open();
                content.Write(ContentOf(name));
            }
        }

        return archive.ToArray();
    }

    private static byte[] Tar(TarEntryFormat format)
    {
        using MemoryStream archive = new();
        using (TarWriter tar = new(archive, format, leaveOpen: true))
        {
            foreach (string name in Names)
            {
                TarEntry entry = format == TarEntryFormat.Gnu ? new GnuTarEntry(TarEntryType.RegularFile, name) : new PaxTarEntry(TarEntryType.RegularFile, name);
                entry.ModificationTime = DateTimeOffset.UnixEpoch;
                entry.DataStream = new MemoryStream(ContentOf(name));
                tar.WriteEntry(entry);
            }
        }

        return archive.ToArray();
    }
}
