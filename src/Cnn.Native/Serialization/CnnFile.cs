using System.Globalization;
using Cnn.Files;

namespace Cnn.Serialization;

/// <summary>
/// A safetensors file of this product. Its texts say which kind of file it is and in which version of the format, and hold a
/// checksum over texts and tensors, so that no damage goes unnoticed.
/// </summary>
/// <remarks>
/// A file without a checksum is taken as it is: who changes one on purpose, in Python for instance, takes the checksum out.
/// Texts whose names do not begin with <c>cnn.</c> are other programs' and are passed over.
/// </remarks>
internal sealed class CnnFile : IDisposable
{
    /// <summary>What the names of all texts of this product begin with.</summary>
    public const string Prefix = "cnn.";

    private const string FormatName = "cnn.format";
    private const string VersionName = "cnn.version";
    private const int Version = 1;

    private readonly SafetensorsReader _reader;

    private CnnFile(SafetensorsReader reader, CnnFileKind kind)
    {
        _reader = reader;
        Kind = kind;
    }

    /// <summary>What it is.</summary>
    public CnnFileKind Kind { get; private set; }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The target.</param>
    /// <param name="overwrite">Whether a file that exists may be replaced.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="texts">Texts by name; the names begin with <see cref="Prefix"/>.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="CnnException">What <see cref="AtomicFile.Write"/> finds.</exception>
    public static void Write(
        string path, bool overwrite, CnnFileKind kind, IReadOnlyDictionary<string, string> texts, IReadOnlyList<TensorSource> tensors) =>
        AtomicFile.Write(path, overwrite, stream => Write(stream, kind, texts, tensors));

    /// <summary>Writes what a file has in it.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="texts">Texts by name; the names begin with <see cref="Prefix"/>.</param>
    /// <param name="tensors">The tensors.</param>
    public static void Write(Stream stream, CnnFileKind kind, IReadOnlyDictionary<string, string> texts, IReadOnlyList<TensorSource> tensors)
    {
        Dictionary<string, string> all = new(texts, StringComparer.Ordinal)
        {
            [FormatName] = kind.Format,
            [VersionName] = Version.ToString(CultureInfo.InvariantCulture),
        };
        all[ContentChecksum.Name] = ContentChecksum.Of(all, tensors);
        SafetensorsWriter.Write(stream, all, tensors);
    }

    /// <summary>Opens a file, and checks that it is of a kind, of a version that can be read, and undamaged.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it should be.</param>
    /// <param name="others">What it may be instead.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="CnnException">
    /// What <see cref="SafetensorsReader.Open"/> finds, or, after the kind's prefix, <c>Format</c>, <c>Version</c> or <c>Checksum</c>.
    /// </exception>
    public static CnnFile Open(string path, CnnFileKind kind, params ReadOnlySpan<CnnFileKind> others) => Checked(SafetensorsReader.Open(path), kind, others);

    /// <summary>Checks the bytes of a file that are in memory already.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">What they are called in errors.</param>
    /// <param name="kind">What it should be.</param>
    /// <returns>The file.</returns>
    /// <exception cref="CnnException">As for <see cref="Open"/>.</exception>
    public static CnnFile Of(byte[] content, string name, CnnFileKind kind) => Checked(SafetensorsReader.Of(content, name), kind, []);

    private static CnnFile Checked(SafetensorsReader reader, CnnFileKind kind, ReadOnlySpan<CnnFileKind> others)
    {
        try
        {
            CnnFile file = new(reader, kind);
            file.CheckFormat(others);
            file.CheckVersion();
            file.CheckChecksum();
            return file;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>A text.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The text.</returns>
    /// <exception cref="CnnException"><c>Metadata</c>, after the kind's prefix: there is none of that name.</exception>
    public string Text(string name) =>
        _reader.Metadata.TryGetValue(name, out string? text)
            ? text
            : throw Error("Metadata", $"its metadata has no '{name}'.");

    /// <summary>Whether the file has a text.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Whether it has.</returns>
    public bool HasText(string name) => _reader.Metadata.ContainsKey(name);

    /// <summary>Checks that the file holds exactly some tensors, all of 32-bit floats.</summary>
    /// <param name="expected">Their names and dimensions.</param>
    /// <exception cref="CnnException"><c>Tensors</c>, after the kind's prefix: one is missing, is another one, or is too many.</exception>
    public void CheckTensors(IEnumerable<(string Name, IReadOnlyList<int> Dimensions)> expected)
    {
        Dictionary<string, SafetensorsTensor> left = _reader.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach ((string name, IReadOnlyList<int> dimensions) in expected)
        {
            string needed = $"{SafetensorsFormat.Float32} [{string.Join(", ", dimensions)}]";
            if (!left.Remove(name, out SafetensorsTensor? tensor))
            {
                throw Error("Tensors", $"the tensor '{name}' is not there, and is needed as {needed}.");
            }

            if (tensor.Type != SafetensorsFormat.Float32 || !tensor.Dimensions.SequenceEqual(dimensions.Select(d => (long)d)))
            {
                throw Error("Tensors", $"it holds the tensor {tensor}, which is needed as {needed}.");
            }
        }

        if (left.Count > 0)
        {
            throw Error("Tensors", $"it holds the tensor {left.Values.First()}, which nothing in it needs.");
        }
    }

    /// <summary>Reads the values of a tensor that was found by <see cref="CheckTensors"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Where they go to.</param>
    /// <exception cref="CnnException">The file went away while it was read.</exception>
    public void Read(string name, Span<float> values) => _reader.Read(_reader.Tensors.First(tensor => tensor.Name == name), values);

    /// <summary>The error of a file whose content is not as it should be.</summary>
    /// <param name="errorId">The identifier, after the kind's prefix.</param>
    /// <param name="wrong">What is wrong, and what was expected.</param>
    /// <param name="inner">The error that caused it.</param>
    /// <param name="advice">What to do.</param>
    /// <returns>The error.</returns>
    public CnnException Error(
        string errorId,
        string wrong,
        Exception? inner = null,
        string advice = "It was not written by Cnn, or was changed since: save it again.") =>
        new(
            Kind.ErrorPrefix + errorId,
            CnnErrorKind.InvalidData,
            $"'{_reader.Path}' cannot be used as {Kind.Noun}: {wrong} {advice}",
            inner)
        { Target = _reader.Path };

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private void CheckFormat(ReadOnlySpan<CnnFileKind> others)
    {
        if (!_reader.Metadata.TryGetValue(FormatName, out string? format))
        {
            throw Error(
                "Format",
                $"it is a safetensors file, but its metadata has no '{FormatName}'.",
                advice: "Tensors of another program cannot be used without the layers they belong to: pass a file that Cnn has saved.");
        }

        foreach (CnnFileKind other in others)
        {
            Kind = format == other.Format ? other : Kind;
        }

        if (format != Kind.Format)
        {
            throw Error(
                "Format",
                $"its '{FormatName}' is '{format}', and '{Kind.Format}' was expected.",
                advice: CnnFileKind.All.FirstOrDefault(kind => kind.Format == format)?.Advice ?? "Pass a file that Cnn has saved.");
        }
    }

    private void CheckVersion()
    {
        string text = Text(VersionName);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version < 1)
        {
            throw Error("Version", $"its '{VersionName}' is '{text}', which is no version.");
        }

        if (version > Version)
        {
            throw Error(
                "Version",
                $"its format has version {version}, and this Cnn reads versions up to {Version}.",
                advice: "It was written by a newer Cnn: update this one, or save the file with this one.");
        }
    }

    private void CheckChecksum()
    {
        if (!_reader.Metadata.TryGetValue(ContentChecksum.Name, out string? expected))
        {
            return;
        }

        string actual = ContentChecksum.Of(_reader);
        if (actual != expected)
        {
            throw Error(
                "Checksum",
                $"the checksum of its content is {actual}, and its '{ContentChecksum.Name}' is {expected}.",
                advice: "It was damaged: copy or download it again. If it was changed on purpose, take the checksum out of its metadata.");
        }
    }
}
