using System.Formats.Tar;
using System.Security.Cryptography;
using Cnn.Data;
using Cnn.Fuzz.Mutation;
using Cnn.Memory;

namespace Cnn.Fuzz.Targets;

/// <summary>Packages of npm with the files of a data set.</summary>
internal sealed class PackageTarget : FuzzTarget
{
    private readonly NpmSource _source = new("made-up@1.0.0", searchPath: null);
    private readonly IdxDataset _dataset;
    private readonly Dictionary<string, byte[]> _files = [];

    /// <summary>Makes a data set small enough to be packed.</summary>
    public PackageTarget()
    {
        foreach ((string subset, int count) in new[] { ("train", 6), ("t10k", 3) })
        {
            ImageSet images = SmallNetworks.Images(count, new Shape(1, 4, 4), 3);
            string imagesName = $"{subset}-images-idx3-ubyte";
            string labelsName = $"{subset}-labels-idx1-ubyte";
            IdxWriter.Write(images, Path.Combine(Folder, imagesName), Path.Combine(Folder, labelsName));
            foreach (string name in new[] { imagesName, labelsName })
            {
                _files[name] = File.ReadAllBytes(Path.Combine(Folder, name));
            }
        }

        DatasetFile Describe(string name) => new(name, _files[name].Length, Convert.ToHexStringLower(SHA256.HashData(_files[name])));
        _dataset = new IdxDataset(
            "made up", "made-up", ["c0", "c1", "c2"],
            Describe("train-images-idx3-ubyte"), Describe("train-labels-idx1-ubyte"), Describe("t10k-images-idx3-ubyte"), Describe("t10k-labels-idx1-ubyte"),
            [], "made-up@1.0.0", null);
    }

    /// <inheritdoc/>
    public override byte[] Mutate(Random random, byte[] seed, byte[] other) =>
        GzipMutator.Mutate(random, seed, other, plain => TarMutator.Mutate(random, plain, other));

    /// <inheritdoc/>
    public override bool Accepts(byte[] input)
    {
        string path = AsFile(input);
        IdxRequest request = new(_dataset, new DatasetCache(Folder, _dataset), _dataset.Files, null, CancellationToken.None);
        bool isRead = request.Attempt("package", () => _source.Unpack(path, request));
        if (request.Missing.Count > 0 && request.Failures.Count == 0)
        {
            throw new InvalidOperationException("Files are missing, and nothing says why.");
        }

        return isRead && request.Missing.Count == 0;
    }

    /// <inheritdoc/>
    public override long MemoryLimit(byte[] input) => UsualMemory + (1032L * input.Length); // deflate makes 1032 bytes of one at most

    /// <inheritdoc/>
    public override IEnumerable<(string Name, byte[] Bytes)> MakeSeeds()
    {
        foreach (TarEntryFormat format in new[] { TarEntryFormat.Pax, TarEntryFormat.Ustar, TarEntryFormat.Gnu })
        {
            using MemoryStream archive = new();
            using (TarWriter tar = new(archive, format, leaveOpen: true))
            {
                foreach ((string name, byte[] bytes) in _files)
                {
                    TarEntry entry = format switch
                    {
                        TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, $"package/data/{name}"),
                        TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, $"package/data/{name}"),
                        _ => new GnuTarEntry(TarEntryType.RegularFile, $"package/{new string('d', 40)}/{name}"),
                    };
                    entry.ModificationTime = DateTimeOffset.UnixEpoch;
                    entry.DataStream = new MemoryStream(bytes);
                    tar.WriteEntry(entry);
                }
            }

            yield return ($"{format}.tgz".ToLowerInvariant(), GzipMutator.Compress(archive.ToArray()));
        }
    }
}
