using System.Security.Cryptography;

namespace Cnn.Data;

/// <summary>Compares a file with what is known about it, while it is read: its length and its SHA-256.</summary>
internal sealed class ContentCheck : IDisposable
{
    private readonly string _dataset;
    private readonly DatasetFile _expected;
    private readonly IncrementalHash? _hash;

    /// <summary>Starts a check.</summary>
    public ContentCheck(DatasetDescription dataset, DatasetFile expected)
    {
        _dataset = dataset.Name;
        _expected = expected;
        _hash = expected.Sha256 == null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>The length that the file must have.</summary>
    public long Length => _expected.Length;

    /// <summary>Takes the next bytes of the file.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash?.AppendData(bytes);

    /// <summary>Checks that it was the right file.</summary>
    /// <param name="path">The source of the bytes.</param>
    /// <exception cref="CnnException">It was a different file.</exception>
    public void Finish(string path)
    {
        string? actual = _hash == null ? null : Convert.ToHexStringLower(_hash.GetHashAndReset());
        if (actual != _expected.Sha256)
        {
            string without = _expected.IsCompressed ? "" : " of its uncompressed content";
            throw Other(path, $"the SHA-256{without} is {actual}, and {_expected.Sha256} is expected");
        }
    }

    /// <summary>Checks whether a file of another length can be the right one, before or while it is read.</summary>
    /// <param name="length">Its length.</param>
    /// <param name="path">Its location.</param>
    /// <exception cref="CnnException">It cannot.</exception>
    public void CheckLength(long length, string path)
    {
        if (length != Length)
        {
            throw Other(path, $"it has {length} bytes{(length > Length ? " or more" : "")}, and {Length} are expected");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();

    private CnnException Other(string path, string why) => new(
        "DatasetChecksum", CnnErrorKind.InvalidData, $"'{path}' is not the published {_expected.Name} of {_dataset}: {why}. Replace it with the published file.")
    { Target = path };
}
