using System.Globalization;
using Cnn.Files;

namespace Cnn.Serialization;

/// <summary>
/// A safetensors file of this product. Its metadata says which kind of file it is and which version of the format it has, and contains a checksum over
/// metadata and tensors, so that any damage is detected.
/// </summary>
/// <remarks>
/// A file without a checksum is accepted: to change a file on purpose, for example in Python, remove the checksum. Metadata whose names do not begin with
/// <c>cnn.</c> belongs to other programs and is ignored.
/// </remarks>
internal sealed class CnnFile : IDisposable
{
    /// <summary>The prefix of the names of all metadata of this product.</summary>
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

    /// <summary>The kind of temporary.</summary>
    public CnnFileKind Kind { get; private set; }

    /// <summary>Writes a file, completely or not at all.</summary>
    /// <param name="path">The target.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <param name="kind">The kind of temporary.</param>
    /// <param name="texts">Texts by name; the names begin with <see cref="Prefix"/>.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="CnnException">The errors of <see cref="AtomicFile.Write"/>.</exception>
    public static void Write(
        string path, bool overwrite, CnnFileKind kind, IReadOnlyDictionary<string, string> texts, IReadOnlyList<TensorSource> tensors) =>
        AtomicFile.Write(path, overwrite, stream => Write(stream, kind, texts, tensors));

    /// <summary>Writes the content of a file.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="kind">The kind of temporary.</param>
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

    /// <summary>Opens a file, and checks that it is of the given kind, of a supported version, and undamaged.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">The expected kind.</param>
    /// <param name="others">Another kind that is accepted.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="CnnException">
    /// The errors of <see cref="SafetensorsReader.Open"/>, or, after the kind's prefix, <c>Format</c>, <c>Version</c> or <c>Checksum</c>.
    /// </exception>
    public static CnnFile Open(string path, CnnFileKind kind, params ReadOnlySpan<CnnFileKind> others) => Checked(SafetensorsReader.Open(path), kind, others);

    /// <summary>Checks the bytes of a file that are already in memory.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="name">Their name in errors.</param>
    /// <param name="kind">The expected kind.</param>
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
    /// <exception cref="CnnException"><c>Metadata</c>, after the kind's prefix: there is no text of that name.</exception>
    public string Text(string name) =>
        _reader.Metadata.TryGetValue(name, out string? text)
            ? text
            : throw Error("Metadata", $"its metadata has no '{name}'.");

    /// <summary>Whether the metadata contains a text.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Whether it has.</returns>
    public bool HasText(string name) => _reader.Metadata.ContainsKey(name);

    /// <summary>Checks that the file contains exactly the given tensors, all of 32-bit floats.</summary>
    /// <param name="expected">Their names and dimensions.</param>
    /// <exception cref="CnnException"><c>Tensors</c>, after the kind's prefix: one is missing, is different, or is not needed.</exception>
    public void CheckTensors(IEnumerable<(string Name, IReadOnlyList<int> Dimensions)> expected)
    {
        Dictionary<string, SafetensorsTensor> left = _reader.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach ((string name, IReadOnlyList<int> dimensions) in expected)
        {
            string needed = $"{SafetensorsFormat.Float32} [{string.Join(", ", dimensions)}]";
            if (!left.Remove(name, out SafetensorsTensor? tensor))
            {
                throw Error("Tensors", $"the tensor '{name}' is missing, and is needed as {needed}.");
            }

            if (tensor.Type != SafetensorsFormat.Float32 || !tensor.Dimensions.SequenceEqual(dimensions.Select(d => (long)d)))
            {
                throw Error("Tensors", $"it contains the tensor {tensor}, which is needed as {needed}.");
            }
        }

        if (left.Count > 0)
        {
            throw Error("Tensors", $"it contains the tensor {left.Values.First()}, which does not belong to it.");
        }
    }

    /// <summary>Reads the values of a tensor that was found by <see cref="CheckTensors"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Receives the values.</param>
    /// <exception cref="CnnException">The file disappeared while it was read.</exception>
    public void Read(string name, Span<float> values) => _reader.Read(_reader.Tensors.First(tensor => tensor.Name == name), values);

    /// <summary>The error of a file whose content is invalid.</summary>
    /// <param name="errorId">The identifier, after the kind's prefix.</param>
    /// <param name="wrong">What is wrong, and what was expected.</param>
    /// <param name="inner">The error that caused it.</param>
    /// <param name="advice">What to do.</param>
    /// <returns>The error.</returns>
    public CnnException Error(
        string errorId,
        string wrong,
        Exception? inner = null,
        string advice = "It was not written by Cnn, or was changed later: save it again.") =>
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
                advice: "Tensors from another program cannot be used without their layers: pass a file that Cnn has saved.");
        }

        foreach (CnnFileKind other in others)
        {
            Kind = format == other.Format ? other : Kind;
        }

        if (format != Kind.Format)
        {
            throw Error(
                "Format",
                $"its '{FormatName}' is '{format}', but '{Kind.Format}' is expected.",
                advice: CnnFileKind.All.FirstOrDefault(kind => kind.Format == format)?.Advice ?? "Pass a file that Cnn has saved.");
        }
    }

    private void CheckVersion()
    {
        string text = Text(VersionName);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version < 1)
        {
            throw Error("Version", $"its '{VersionName}' is '{text}', which is not a version.");
        }

        if (version > Version)
        {
            throw Error(
                "Version",
                $"its format has version {version}, but this version of Cnn reads only versions up to {Version}.",
                advice: "It was written by a newer version of Cnn: update Cnn, or save the file with this version.");
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
                $"the checksum of its content is {actual}, but its '{ContentChecksum.Name}' is {expected}.",
                advice: "It was damaged: copy or download it again. If it was changed on purpose, remove the checksum from its metadata.");
        }
    }
}
