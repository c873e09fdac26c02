namespace Cnn.Training;

/// <summary>How a training stands in a file that grows as epochs end.</summary>
internal abstract class LogFormat
{
    /// <summary>How many bytes at the beginning of a file tell whether it is such a log.</summary>
    public const int RecognizedBytes = 128;

    /// <summary>The format that the extension of a path names.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The format.</returns>
    /// <exception cref="CnnException"><c>LogFormat</c>: it names none.</exception>
    public static LogFormat Of(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".JSONL" => new JsonLinesLog(),
        ".CSV" => new CsvLog(),
        ".TFEVENTS" => new TensorBoardLog(),
        _ => throw new CnnException(
            "LogFormat",
            CnnErrorKind.InvalidArgument,
            $"'{path}' names no kind of log: end it with .jsonl (a line of JSON an epoch), .csv (a row an epoch) or .tfevents (for TensorBoard, in a folder for each training).")
        { Target = path },
    };

    /// <summary>Whether a file is a log of this format, which a training that goes on may write again.</summary>
    /// <param name="beginning">The first bytes of the file.</param>
    /// <returns>Whether it is.</returns>
    public abstract bool IsOwn(ReadOnlySpan<byte> beginning);

    /// <summary>Writes what stands before the first epoch.</summary>
    /// <param name="stream">Where to.</param>
    public virtual void WriteHead(Stream stream)
    {
    }

    /// <summary>Writes the losses of batches; nothing where a log has epochs only.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="losses">The losses of all batches of the training.</param>
    /// <param name="first">The first one that is not in the log.</param>
    public virtual void WriteBatches(Stream stream, IReadOnlyList<float> losses, int first)
    {
    }

    /// <summary>Writes an epoch.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="epoch">The epoch.</param>
    public abstract void WriteEpoch(Stream stream, EpochRecord epoch);
}
