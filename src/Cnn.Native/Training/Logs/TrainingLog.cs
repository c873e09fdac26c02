using Cnn.Files;

namespace Cnn.Training;

/// <summary>
/// The epochs of a training in a file that grows as they end, for observers: <c>.jsonl</c>, <c>.csv</c>, or <c>.tfevents</c> for TensorBoard. A resumed
/// training rewrites it from its history, so it has no gaps and no duplicates.
/// </summary>
public sealed class TrainingLog : IDisposable
{
    private readonly string _path;
    private readonly LogFormat _format;
    private readonly FileStream _stream;
    private int _epochs;
    private int _batches;

    private TrainingLog(string path, LogFormat format, FileStream stream) => (_path, _format, _stream) = (path, format, stream);

    /// <summary>Starts a log.</summary>
    /// <param name="path">The file; its extension decides the format.</param>
    /// <param name="history">The history so far.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <returns>The log.</returns>
    /// <exception cref="CnnException"><c>LogFormat</c>, <c>FileExists</c>, <c>FolderNotFound</c>, <c>TargetNotFile</c> or <c>WriteFailed</c>.</exception>
    public static TrainingLog Begin(string path, TrainingHistory history, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(history);
        LogFormat format = LogFormat.Of(path);
        AtomicFile.Write(path, overwrite, format.WriteHead);
        TrainingLog log = Guard(path, () => new TrainingLog(
            path, format, new FileStream(PlainFile.TargetOf(path), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)));
        try
        {
            log.Update(history);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Continues a log: one of the same format is rewritten from the history, and a file that is not a log is kept.</summary>
    /// <param name="path">The file; its extension decides the format.</param>
    /// <param name="history">The history so far.</param>
    /// <returns>The log.</returns>
    /// <exception cref="CnnException">As for <see cref="Begin"/>.</exception>
    public static TrainingLog Resume(string path, TrainingHistory history)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(history);
        LogFormat format = LogFormat.Of(path);
        bool isOwn = Guard(path, () =>
        {
            if (!File.Exists(PlainFile.TargetOf(path)))
            {
                return false;
            }

            using FileStream stream = PlainFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete);
            byte[] beginning = new byte[LogFormat.RecognizedBytes];
            return format.IsOwn(beginning.AsSpan(0, stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false)));
        });
        return Begin(path, history, overwrite: isOwn);
    }

    /// <summary>Writes the epochs that were finished since the last call, and the losses of the batches until then.</summary>
    /// <param name="history">The history of the training.</param>
    /// <exception cref="CnnException"><c>WriteFailed</c>: the system refuses, and no part of them is in the file.</exception>
    public void Update(TrainingHistory history)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (history.Epochs.Count == _epochs)
        {
            return;
        }

        using MemoryStream news = new();
        _format.WriteBatches(news, history.Losses, _batches);
        foreach (EpochRecord epoch in history.Epochs.Skip(_epochs))
        {
            _format.WriteEpoch(news, epoch);
        }

        Guard(_path, () =>
        {
            long before = _stream.Length;
            try
            {
                _stream.Write(news.GetBuffer(), 0, (int)news.Length);
                _stream.Flush(flushToDisk: true);
            }
            catch
            {
                Temporaries.Quietly(() => _stream.SetLength(before));
                throw;
            }

            return true;
        });
        (_epochs, _batches) = (history.Epochs.Count, history.Losses.Count);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException(
                "WriteFailed", CnnErrorKind.WriteFailed, $"The log '{path}' cannot be written: {e.Message} Make room or give permission, or choose another place.", e)
            { Target = path };
        }
    }
}
