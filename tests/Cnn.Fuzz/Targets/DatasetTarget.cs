using System.Formats.Tar;
using System.IO.Compression;
using Cnn.Data;
using Cnn.Fuzz.Mutation;

namespace Cnn.Fuzz.Targets;

/// <summary>Binary files of CIFAR, by themselves and in the archives in which data sets are published, as if their sums were right.</summary>
internal sealed class DatasetTarget : FuzzTarget
{
    private const int Images = 2;
    private const string FileName = "train.bin";

    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) => GzipMutator.IsGzip(seed)
        ? GzipMutator.Mutate(random, seed, other, plain => TarMutator.Mutate(random, plain, other))
        : ByteMutator.Mutate(random, seed, other);

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        string path = AsFile(input);
        string name = input switch
        {
            [(byte)'P', (byte)'K', ..] => "made-up.zip",
            [0x1f, 0x8b, ..] => "made-up.tar.gz",
            _ => FileName,
        };
        DatasetFile file = new(FileName, Images * CifarDecoder.RecordLength(1), null);
        CifarSubsetReader reader = new([file], labelLength: 1, labelAt: 0);
        PublishedFile.Read(path, new DatasetFile(name, input.Length, null), [file], reader, CancellationToken.None);
        return reader.Finish(["a", "b"], "made up").Count == Images;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds()
    {
        byte[] records = [.. Enumerable.Range(0, Images * CifarDecoder.RecordLength(1)).Select(at => (byte)(at % CifarDecoder.RecordLength(1) == 0 ? 1 : at / 7))];
        yield return (FileName, records);
        yield return ("dataset.zip", Zip(records));
        yield return ("dataset.tar.gz", Tar(records));
    }

    private static byte[] Zip(byte[] records)
    {
        using MemoryStream archive = new();
        using (ZipArchive zip = new(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            ZipArchiveEntry entry = zip.CreateEntry($"folder/{FileName}");
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using Stream content = entry.Open();
            content.Write(records);
        }

        return archive.ToArray();
    }

    private static byte[] Tar(byte[] records)
    {
        using MemoryStream archive = new();
        using (TarWriter tar = new(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"folder/{FileName}") { ModificationTime = DateTimeOffset.UnixEpoch, DataStream = new MemoryStream(records) });
        }

        return GzipMutator.Compress(archive.ToArray());
    }
}
