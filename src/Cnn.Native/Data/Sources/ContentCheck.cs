using System.Security.Cryptography;

namespace Cnn.Data;

/// <summary>Holds a file to what is known about it, while it is read: its length and its SHA-256, both without compression.</summary>
internal sealed class ContentCheck : IDisposable
{
    private readonly string _dataset;
    private readonly DatasetFile _expected;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Begins a check.</summary>
    public ContentCheck(DatasetDescription dataset, DatasetFile expected)
    {
        _dataset = dataset.Name;
        _expected = expected;
    }

    /// <summary>The length that the file must have.</summary>
    public long Length => _expected.Length;

    /// <summary>Takes the next bytes of the file.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>Says whether it was the right file.</summary>
    /// <param name="path">Where the bytes came from.</param>
    /// <exception cref="CnnException">It was another one.</exception>
    public void Finish(string path)
    {
        string actual = Convert.ToHexStringLower(_hash.GetHashAndReset());
        if (actual != _expected.Sha256)
        {
            throw new CnnException(
                "DatasetChecksum",
                CnnErrorKind.InvalidData,
                $"'{path}' is not the published {_expected.Name} of {_dataset}: the SHA-256 of its content without compression "
                + $"is {actual}, expected is {_expected.Sha256}. Replace the file by the published one.")
            { Target = path };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
