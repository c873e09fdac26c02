namespace Cnn.Training;

/// <summary>The format of a training log, a file that grows as epochs end.</summary>
internal abstract class LogFormat
{
    /// <summary>The number of bytes at the beginning of a file that identify such a log.</summary>
    public const int RecognizedBytes = 128;

    /// <summary>The format of a path, by its extension.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The format.</returns>
    /// <exception cref="CnnException"><c>LogFormat</c>: the extension is not supported.</exception>
    public static LogFormat Of(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".JSONL" => new JsonLinesLog(),
        ".CSV" => new CsvLog(),
        ".TFEVENTS" => new TensorBoardLog(),
        _ => throw new CnnException(
            "LogFormat",
            CnnErrorKind.InvalidArgument,
            $"The extension of '{path}' is not a log format: use .jsonl (a line of JSON for each epoch), .csv (a row for each epoch) or .tfevents (for TensorBoard, in a folder for each training).")
        { Target = path },
    };

    /// <summary>Whether a file is a log of this format, which a resumed training may rewrite.</summary>
    /// <param name="beginning">The first bytes of the file.</param>
    /// <returns>Whether it is.</returns>
    public abstract bool IsOwn(ReadOnlySpan<byte> beginning);

    /// <summary>Writes the beginning, before the first epoch.</summary>
    /// <param name="stream">The destination.</param>
    public virtual void WriteHead(Stream stream)
    {
    }

    /// <summary>Writes the losses of batches; does nothing if a log contains only epochs.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="losses">The losses of all batches of the training.</param>
    /// <param name="first">The first one that is not in the log.</param>
    public virtual void WriteBatches(Stream stream, IReadOnlyList<float> losses, int first)
    {
    }

    /// <summary>Writes an epoch.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="epoch">The epoch.</param>
    public abstract void WriteEpoch(Stream stream, EpochRecord epoch);
}
