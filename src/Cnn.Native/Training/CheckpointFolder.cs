using System.Globalization;
using System.Text.RegularExpressions;
using Cnn.Files;

namespace Cnn.Training;

/// <summary>
/// A folder with the checkpoints of one training: one for each finished epoch, <c>epoch-0003.safetensors</c>, where epoch 0 is the beginning, and the newest
/// one within the next epoch, <c>epoch-0004.batch-000500.safetensors</c>. The names alone say which is the newest. Other files in the folder are left alone.
/// </summary>
public sealed partial class CheckpointFolder
{
    private readonly int _interval;
    private readonly int _count;

    /// <summary>Names a folder; nothing is read or written yet.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="interval">The number of batches within an epoch after which a training saves a further checkpoint; 0 for the end of each epoch only.</param>
    /// <param name="count">
    /// The number of end-of-epoch checkpoints that are kept, the latest ones; the one with the lowest validation loss is kept in addition. 0 for all of them.
    /// </param>
    /// <exception cref="CnnException"><c>TrainingOption</c>: the interval or the count is negative.</exception>
    public CheckpointFolder(string path, int interval = 0, int count = 0)
    {
        if (count < 0)
        {
            throw new CnnException(
                "TrainingOption", CnnErrorKind.InvalidArgument, $"CheckpointCount is {count}. It must be a number of checkpoints, or 0 to keep all of them.")
            { Target = count };
        }

        if (interval < 0)
        {
            throw new CnnException(
                "TrainingOption", CnnErrorKind.InvalidArgument, $"CheckpointInterval is {interval}. It must be a number of batches, or 0 for the end of each epoch.")
            { Target = interval };
        }

        Path = System.IO.Path.GetFullPath(path);
        (_interval, _count) = (interval, count);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The finished epochs that have checkpoints, in their order; 0 is the beginning.</summary>
    /// <exception cref="CnnException"><c>CheckpointFolder</c> or <c>ReadFailed</c>: it cannot be listed.</exception>
    public IReadOnlyList<int> Epochs => Array.AsReadOnly<int>([.. Files().Where(file => file.Batch == 0).Select(file => file.Epoch)]);

    /// <summary>The newest checkpoint; null if there is none.</summary>
    /// <exception cref="CnnException"><c>CheckpointFolder</c> or <c>ReadFailed</c>: it cannot be listed.</exception>
    public string? Newest => Files().LastOrDefault()?.Path;

    /// <summary>The checkpoint of the end of an epoch.</summary>
    /// <param name="epoch">The epoch; 0 for the beginning.</param>
    /// <returns>The file.</returns>
    /// <exception cref="CnnException"><c>CheckpointNotFound</c>: there is none for this epoch. Or the folder cannot be listed.</exception>
    public string OfEpoch(int epoch)
    {
        IReadOnlyList<int> epochs = Epochs;
        return epochs.Contains(epoch)
            ? System.IO.Path.Combine(Path, NameOf(epoch, 0))
            : throw new CnnException(
                "CheckpointNotFound",
                CnnErrorKind.NotFound,
                $"'{Path}' has no checkpoint for the end of epoch {epoch}. "
                + (epochs.Count == 0 ? "It has no checkpoints at all: start a training there." : $"It has checkpoints for the epochs {string.Join(", ", epochs)}."))
            { Target = epoch };
    }

    /// <summary>Prepares the folder for a new training: it is created if necessary, and contains no checkpoints afterwards.</summary>
    /// <param name="overwrite">Whether checkpoints of another training may be removed.</param>
    /// <exception cref="CnnException">
    /// <c>CheckpointExists</c>: there are checkpoints, and removing them is not allowed. <c>CheckpointFolder</c>: it is a file. <c>FolderNotFound</c>: its
    /// parent folder does not exist. <c>WriteFailed</c>: the system refuses.
    /// </exception>
    public void Clear(bool overwrite)
    {
        IReadOnlyList<CheckpointName> files = Files();
        if (files.Count > 0 && !overwrite)
        {
            throw new CnnException(
                "CheckpointExists",
                CnnErrorKind.AlreadyExists,
                $"'{Path}' already has checkpoints of a training. Continue it (-Resume), choose another folder, or allow removing them (-Force).")
            { Target = Path };
        }

        ParentFolder.Check(Path, System.IO.Path.TrimEndingDirectorySeparator(Path), $"The folder '{Path}' cannot be created");
        try
        {
            Directory.CreateDirectory(Path);
            foreach (CheckpointName file in files)
            {
                File.Delete(file.Path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException(
                "WriteFailed", CnnErrorKind.WriteFailed, $"'{Path}' cannot be used for checkpoints: {e.Message} Give permission, or choose another place.", e)
            { Target = Path };
        }
    }

    /// <summary>Removes the files of processes that were killed while they saved: a training that is already finished saves no more.</summary>
    internal void RemoveAbandoned() => Temporaries.RemoveAbandoned(Path);

    /// <summary>Whether a training saves after a batch.</summary>
    /// <param name="batch">The batch in its epoch, from 1.</param>
    /// <param name="batches">Batches in an epoch; after the last one, the end of the epoch is saved.</param>
    internal bool IsDue(int batch, int batches) => _interval > 0 && batch % _interval == 0 && batch < batches;

    /// <summary>
    /// Saves the state of a training. Afterwards, earlier checkpoints within epochs are not needed any more, and those of earlier epochs only up to the
    /// number that is kept, and the best one.
    /// </summary>
    /// <param name="trainer">The training.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    internal void Save(Trainer trainer)
    {
        int finished = trainer.History.Epochs.Count;
        int batch = trainer.History.BatchCount - (finished * trainer.BatchesPerEpoch);
        string path = System.IO.Path.Combine(Path, NameOf(batch == 0 ? finished : finished + 1, batch));
        trainer.SaveCheckpoint(path);
        int best = EarlyStopping.BestEpoch(trainer.History.Epochs);
        CheckpointName[] before = [.. Files().TakeWhile(file => file.Path != path)];
        int superfluous = _count == 0 ? 0 : before.Count(file => file.Batch == 0) - _count + (batch == 0 ? 1 : 0);
        IEnumerable<CheckpointName> ends = before.Where(file => file.Batch == 0).Take(superfluous).Where(file => best == 0 || file.Epoch != best);
        foreach (CheckpointName older in before.Where(file => file.Batch > 0).Concat(ends))
        {
            try
            {
                File.Delete(older.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It only takes up room, and its name shows that it is not the newest.
            }
        }
    }

    private static string NameOf(int epoch, int batch) =>
        FormattableString.Invariant($"epoch-{epoch:D4}{(batch == 0 ? "" : FormattableString.Invariant($".batch-{batch:D6}"))}.safetensors");

    [GeneratedRegex(@"^epoch-(?<epoch>\d{4,10})(\.batch-(?<batch>\d{6,10}))?\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    /// <summary>The checkpoints in the order of the training: those within an epoch before its end.</summary>
    private IReadOnlyList<CheckpointName> Files()
    {
        if (File.Exists(Path))
        {
            throw new CnnException(
                "CheckpointFolder", CnnErrorKind.InvalidArgument, $"'{Path}' is a file, but checkpoints are kept in a folder: pass a folder.")
            { Target = Path };
        }

        if (!Directory.Exists(Path))
        {
            return [];
        }

        try
        {
            return [.. Directory.EnumerateFiles(Path).Select(CheckpointName.Of).OfType<CheckpointName>().OrderBy(file => file.Epoch).ThenBy(file => file.Batch == 0).ThenBy(file => file.Batch)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"The folder '{Path}' cannot be listed: {e.Message} Give permission, or choose another place.", e)
            { Target = Path };
        }
    }

    /// <summary>The information in the name of a checkpoint.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Epoch">The epoch, from 1; 0 for the beginning.</param>
    /// <param name="Batch">The batch in it, from 1; 0 for its end.</param>
    private sealed record CheckpointName(string Path, int Epoch, int Batch)
    {
        /// <summary>Reads a name; null for a file that is not a checkpoint.</summary>
        public static CheckpointName? Of(string path)
        {
            string name = System.IO.Path.GetFileName(path);
            Match match = NamePattern().Match(name);
            return match.Success
                && int.TryParse(match.Groups["epoch"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
                && int.TryParse(match.Groups["batch"].Success ? match.Groups["batch"].ValueSpan : "0", NumberStyles.None, CultureInfo.InvariantCulture, out int batch)
                && name == NameOf(epoch, batch)
                    ? new CheckpointName(path, epoch, batch)
                    : null;
        }
    }
}
