using System.Diagnostics;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Kernels;
using Cnn.Models;
using Cnn.Numerics;

namespace Cnn.Training;

/// <summary>
/// Trains a model on a set of images: shuffles each epoch, takes batch after batch, and remembers where it is,
/// so that a stopped training goes on to the same bits as one that was never stopped.
/// </summary>
public sealed class Trainer : IDisposable
{
    /// <summary>How much of the shown cost the next batch keeps.</summary>
    private const double CostMemory = 0.99;

    private readonly ImageSet _images;
    private readonly ImageSet? _validation;
    private readonly KernelSet _kernels;
    private readonly TrainingStep _step;
    private readonly int[] _order;
    private int _shuffledEpoch = -1;
    private double _epochCost;
    private double _shownCost = double.NaN;
    private TimeSpan _duration;
    private TimeSpan _epochDuration;
    private AccuracyReport? _validationReport;
    private ImagesFingerprint? _fingerprint;

    /// <summary>Prepares a training.</summary>
    /// <param name="model">The model; it changes in place, and takes normalisation and class names from the images unless it was trained before.</param>
    /// <param name="images">The training images.</param>
    /// <param name="options">The settings.</param>
    /// <param name="validation">Images that are measured behind each epoch.</param>
    /// <param name="kernels">The kernels that run; those of the process where nothing is given.</param>
    /// <exception cref="CnnException">A setting is out of its range, or the images do not fit the model.</exception>
    public Trainer(Model model, ImageSet images, TrainingOptions options, ImageSet? validation = null, KernelSet? kernels = null)
    {
        options.Check();
        CheckSchedule(options.Schedule, validation);
        model.CheckImages(images);
        if (validation != null)
        {
            model.CheckImages(validation);
        }

        Model = model;
        Options = options with
        {
            LearningRate = options.LearningRate ?? options.Optimizer.UsualLearningRate,
            Seed = options.Seed ?? model.Seed,
            Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
        };
        _images = images;
        _validation = validation;
        _kernels = kernels ?? KernelSelection.Current;
        BatchesPerEpoch = (images.Count + options.BatchSize - 1) / options.BatchSize;
        long batches = (long)BatchesPerEpoch * options.Epochs;
        if (batches > Array.MaxLength)
        {
            throw new CnnException("TrainingOption", CnnErrorKind.InvalidArgument, $"Epochs is {options.Epochs}, which makes {batches} batches: use fewer epochs.")
            { Target = options.Epochs };
        }

        if (!model.IsTrained)
        {
            model.Describe(Normalization.Of(images), images.ClassNames);
        }

        History = new TrainingHistory((int)batches);
        _order = new int[images.Count];
        _step = new TrainingStep(model, Options, _kernels, Math.Min(options.BatchSize, images.Count));
    }

    /// <summary>The model that is trained.</summary>
    public Model Model { get; }

    /// <summary>The settings, with the learning rate, the seed and the number of threads filled in.</summary>
    public TrainingOptions Options { get; }

    /// <summary>What happened so far.</summary>
    public TrainingHistory History { get; }

    /// <summary>Batches in an epoch, the last, smaller one counted.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>Whether all epochs are done.</summary>
    public bool IsComplete => History.Epochs.Count == Options.Epochs;

    /// <summary>Trains a model from the beginning to the end, or until it is cancelled.</summary>
    /// <param name="model">The model; it changes in place.</param>
    /// <param name="images">The training images.</param>
    /// <param name="options">The settings.</param>
    /// <param name="validation">Images that are measured behind each epoch.</param>
    /// <param name="progress">Called behind each batch, on the calling thread; it should be quick.</param>
    /// <param name="cancellation">Stops the training within a batch.</param>
    /// <returns>What the training leaves.</returns>
    /// <exception cref="CnnException">A setting is out of its range, the images do not fit the model, or the loss is not finite.</exception>
    public static TrainingResult Train(
        Model model,
        ImageSet images,
        TrainingOptions options,
        ImageSet? validation = null,
        Action<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using var trainer = new Trainer(model, images, options, validation);
        return trainer.Run(progress, cancellation);
    }

    /// <summary>
    /// Goes on with a training that was saved by <see cref="SaveCheckpoint"/>: on the same kernels, what comes out has the same bits as
    /// if it had never been stopped, whatever the number of threads. The model is <see cref="Model"/>.
    /// </summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="images">The training images it began with.</param>
    /// <param name="validation">Images that are measured behind each epoch; they do not change what is learned, and may be others.</param>
    /// <param name="threads">How many threads work; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels that run; those of the process where nothing is given.</param>
    /// <returns>The trainer; <see cref="Run"/> goes on.</returns>
    /// <exception cref="CnnException">
    /// <c>CheckpointMismatch</c>: the images are others. <c>CheckpointFormat</c>, <c>CheckpointVersion</c>, <c>CheckpointChecksum</c>,
    /// <c>CheckpointMetadata</c>, <c>CheckpointArchitecture</c>, <c>CheckpointTensors</c>, <c>CheckpointState</c>: the file is no
    /// sound checkpoint. Or it cannot be read.
    /// </exception>
    public static Trainer Resume(string path, ImageSet images, ImageSet? validation = null, int threads = 0, KernelSet? kernels = null)
    {
        using CheckpointFile checkpoint = CheckpointFile.Open(path);
        checkpoint.CheckImages(images);
        CheckpointState state = checkpoint.State;
        Trainer trainer = new(checkpoint.Model, images, state.Options with { Threads = threads }, validation, kernels);
        try
        {
            checkpoint.Restore(trainer._step, trainer.History);
            trainer._step.Average?.Show(trainer.History.BatchCount > 0);
        }
        catch
        {
            trainer.Dispose();
            throw;
        }

        trainer._fingerprint = state.Images;
        trainer._epochCost = state.EpochCost;
        trainer._shownCost = state.ShownCost;
        trainer._duration = state.Duration;
        trainer._epochDuration = state.EpochDuration;
        trainer._validationReport = state.Validation?.ToReport(trainer.Model);
        return trainer;
    }

    /// <summary>
    /// Saves all that <see cref="Resume"/> needs, whole or not at all: a kill at any moment leaves the checkpoint before or this one.
    /// It may be called from the progress of <see cref="Run"/>, or when that has returned, however it was stopped.
    /// </summary>
    /// <param name="path">The file; a checkpoint of the same name is replaced.</param>
    /// <exception cref="CnnException"><c>FolderNotFound</c> or <c>WriteFailed</c>.</exception>
    public void SaveCheckpoint(string path) => CheckpointFile.Save(
        path,
        Model,
        _step,
        History.Costs,
        new CheckpointState
        {
            Options = Options with { Threads = 0 },
            Images = _fingerprint ??= ImagesFingerprint.Of(_images),
            Batches = History.BatchCount,
            Epochs = History.Epochs,
            EpochCost = _epochCost,
            ShownCost = _shownCost,
            Duration = _duration,
            EpochDuration = _epochDuration,
            Validation = _validationReport == null ? null : CheckpointValidation.Of(_validationReport),
        });

    /// <summary>Trains until all epochs are done or it is cancelled; called again, it goes on where it stopped.</summary>
    /// <param name="progress">Called behind each batch, on the calling thread; it should be quick.</param>
    /// <param name="cancellation">Stops the training within a batch; that batch is then as if it had not begun.</param>
    /// <returns>What the training leaves.</returns>
    /// <exception cref="CnnException"><c>TrainingDiverged</c>: the loss is not finite. The model is as it was before that batch.</exception>
    public TrainingResult Run(Action<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        _step.Average?.Show(false);
        try
        {
            return Result(RunBatches(progress, cancellation));
        }
        finally
        {
            _step.Average?.Show(History.BatchCount > 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();

    /// <summary>Trains until all epochs are done or it is cancelled; says whether it was.</summary>
    private bool RunBatches(Action<TrainingProgress>? progress, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        TimeSpan before = _duration;
        long trained = 0;
        bool isStopped = false;
        while (!IsComplete && !isStopped)
        {
            if (History.BatchCount == (History.Epochs.Count + 1) * BatchesPerEpoch)
            {
                isStopped = !FinishEpoch(cancellation);

                // The time of validation is not the training's.
                begin = Stopwatch.GetTimestamp() - (long)((_duration - before).TotalSeconds * Stopwatch.Frequency);
                continue;
            }

            int epoch = History.BatchCount / BatchesPerEpoch;
            int batch = History.BatchCount % BatchesPerEpoch;
            Shuffle(epoch);
            _step.LearningRate = RateOf(History.BatchCount);
            int first = batch * Options.BatchSize;
            int count = Math.Min(Options.BatchSize, _images.Count - first);
            if (_step.Run(_images, _order.AsSpan(first, count), cancellation) is not { } cost)
            {
                isStopped = true;
                break;
            }

            if (!double.IsFinite(cost))
            {
                throw Diverged(epoch, batch);
            }

            trained += count;
            History.Add((float)cost);
            _epochCost += cost * count;
            _shownCost = double.IsNaN(_shownCost) ? cost : (CostMemory * _shownCost) + ((1 - CostMemory) * cost);
            TimeSpan now = before + Stopwatch.GetElapsedTime(begin);
            _epochDuration += now - _duration;
            _duration = now;
            if (progress != null)
            {
                double speed = trained / Math.Max(1e-9, (now - before).TotalSeconds);
                long rest = ((long)_images.Count * Options.Epochs) - ((long)epoch * _images.Count) - first - count;
                progress(new TrainingProgress(
                    epoch + 1, Options.Epochs, batch + 1, BatchesPerEpoch, _shownCost, speed, TimeSpan.FromSeconds(rest / speed)));
            }
        }

        return isStopped;
    }

    /// <summary>The learning rate of a batch.</summary>
    private double RateOf(int batch) => Options.Schedule.LearningRate(Options.LearningRate!.Value, batch, BatchesPerEpoch, Options.Epochs, History.Epochs);

    /// <summary>Measures the validation images and notes the epoch; cancelled on the way, it is left to the next run.</summary>
    private bool FinishEpoch(CancellationToken cancellation)
    {
        double rate = RateOf(History.BatchCount - 1);
        _step.Average?.Show(true);
        try
        {
            _validationReport = _validation == null ? null : Evaluator.Measure(Model, _validation, Options.Threads, _kernels, cancellation: cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _step.Average?.Show(false);
        }

        History.Add(new EpochRecord(
            History.Epochs.Count + 1,
            _epochCost / _images.Count,
            _validationReport?.Accuracy,
            _validationReport?.Loss,
            _epochDuration,
            _images.Count / _epochDuration.TotalSeconds,
            rate));
        _epochCost = 0;
        _epochDuration = TimeSpan.Zero;
        return true;
    }

    private static void CheckSchedule(Schedule schedule, ImageSet? validation)
    {
        if (schedule.NeedsValidation && validation == null)
        {
            throw new CnnException(
                "ScheduleValidation",
                CnnErrorKind.InvalidArgument,
                $"Schedule is {schedule.Kind}, which looks at the loss of validation images, and there are none: give the training some, or choose another schedule.")
            { Target = schedule };
        }
    }

    private TrainingResult Result(bool isStopped) => new()
    {
        Model = Model,
        Options = Options,
        History = History,
        IsStopped = isStopped,
        Validation = _validationReport,
        Duration = _duration,
        ImagesPerSecond = TrainedImages() / Math.Max(1e-9, _duration.TotalSeconds),
        Kernels = _kernels.Name,
        Threads = Options.Threads,
    };

    private long TrainedImages()
    {
        long epochs = History.BatchCount / BatchesPerEpoch;
        return (epochs * _images.Count) + ((History.BatchCount - (epochs * BatchesPerEpoch)) * (long)Options.BatchSize);
    }

    /// <summary>The order of an epoch depends on the seed and the epoch alone, so nothing of it needs to be saved.</summary>
    private void Shuffle(int epoch)
    {
        if (_shuffledEpoch == epoch)
        {
            return;
        }

        for (int i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }

        new RandomStream(Options.Seed!.Value, (1UL << 32) + (ulong)epoch).Shuffle<int>(_order);
        _shuffledEpoch = epoch;
    }

    private CnnException Diverged(int epoch, int batch) => new(
        "TrainingDiverged",
        CnnErrorKind.OperationFailed,
        FormattableString.Invariant(
            $"The loss is not finite at epoch {epoch + 1}, batch {batch + 1}: the training diverged. The model is as it was before that batch. ")
        + FormattableString.Invariant($"Try a smaller learning rate than {Options.LearningRate} (a tenth of it), and begin again with a new model."))
    { Target = Model };
}
