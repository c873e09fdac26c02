using System.Diagnostics;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// Trains a model on a set of images: shuffles each epoch, trains on one batch after another, and keeps its position, so that a resumed training gives the
/// same bits as one that was never stopped.
/// </summary>
/// <remarks>
/// If it is disposed while it runs, it ends within a batch and then frees its memory. One that is dropped without being disposed is freed by the garbage
/// collector.
/// </remarks>
public sealed partial class Trainer : IDisposable
{
    /// <summary>The share of the displayed loss that each batch keeps.</summary>
    private const double LossMemory = 0.99;

    /// <summary>The name of the side whose classes validation images must have, for errors.</summary>
    private const string TrainingClasses = "the training";

    private readonly ImageSet _images;
    private readonly ImageSet? _validation;
    private readonly KernelSet _kernels;
    private readonly TrainingStep _step;
    private readonly TrainingOptions _options;
    private readonly Lifetime _lifetime;
    private readonly EpochOrder _order;
    private double _epochLoss;
    private double _shownLoss = double.NaN;
    private TimeSpan _duration;
    private TimeSpan _epochDuration;
    private AccuracyReport? _validationReport;
    private BestEpoch? _best;

    /// <summary>Prepares a training.</summary>
    /// <param name="model">The model; it is trained in place, and takes normalisation and class names from the images unless it was trained before.</param>
    /// <param name="images">The training images.</param>
    /// <param name="options">The settings.</param>
    /// <param name="validation">Images that are measured after each epoch.</param>
    /// <param name="kernels">The kernels to run; by default those of the process.</param>
    /// <exception cref="CnnException">A setting is out of its range, or the images do not fit the model.</exception>
    public Trainer(Model model, ImageSet images, TrainingOptions options, ImageSet? validation = null, KernelSet? kernels = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(options);

        // Copied before they are checked: the caller may change its object at any time.
        options = options.Copy();
        ExecutionPlan plan = CheckArguments(model, images, options, validation);
        Model = model;
        _options = options.For(model);
        IReadOnlyList<string> classNames = model.ClassNamesFor(images);
        _images = model.Match(images).Images;
        _validation = validation == null ? null : ClassMatch.Of(classNames, TrainingClasses, validation).Images;
        _kernels = kernels ?? KernelSelection.Current;
        BatchesPerEpoch = (images.Count + options.BatchSize - 1) / options.BatchSize;
        long batches = (long)BatchesPerEpoch * options.Epochs;
        if (batches > Array.MaxLength)
        {
            throw new CnnException("TrainingOption", CnnErrorKind.InvalidArgument, $"Epochs is {options.Epochs}, which makes {batches} batches: use fewer epochs.")
            { Target = options.Epochs };
        }

        TrainingMemory.Require(model, plan, _options, _kernels, images.Count);
        if (!model.IsTrained)
        {
            model.Describe(Normalization.Of(images), classNames, images.Conversion);
            model.Whiten(images);
        }

        History = new TrainingHistory(batches);
        _order = new EpochOrder(_images, _options);
        _step = new TrainingStep(model, plan, _options, _kernels, Math.Min(options.BatchSize, images.Count), options.Epochs > 1 ? images.Count : 0) { ClassWeights = _options.ClassWeight?.For(_images, _options.Sampling) };
        _lifetime = new Lifetime(this, Free);
    }

    /// <summary>The model that is trained.</summary>
    public Model Model { get; }

    /// <summary>The settings, with the learning rate, the seed and the number of threads filled in.</summary>
    /// <remarks>A copy: changing it changes nothing.</remarks>
    public TrainingOptions Options => _options.Copy();

    /// <summary>The history so far.</summary>
    public TrainingHistory History { get; }

    /// <summary>Batches in an epoch, including the last, smaller one.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>Whether the training has ended: all epochs are done, or a setting ended it early.</summary>
    public bool IsComplete => EarlyStopping.Outcome(_options, History.Epochs) != null;

    /// <summary>Trains a model from the beginning to the end, or until it is cancelled.</summary>
    /// <param name="model">The model; it changes in place.</param>
    /// <param name="images">The training images.</param>
    /// <param name="options">The settings.</param>
    /// <param name="validation">Images that are measured after each epoch.</param>
    /// <param name="progress">Called after each batch, on the calling thread; it should be quick.</param>
    /// <param name="cancellation">Stops the training within a batch.</param>
    /// <returns>The result of the training.</returns>
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
    /// Trains until all epochs are done, a setting ends it early, or it is cancelled; if it is called again, it continues where it was cancelled. With
    /// <see cref="Checkpoints"/> it saves the beginning first, so that a folder that cannot be written is an error at once; then the end of each epoch, the
    /// checkpoints of the interval, and the position where it was cancelled.
    /// </summary>
    /// <param name="progress">Called after each batch, on the calling thread; it should be quick.</param>
    /// <param name="cancellation">Stops the training within a batch; that batch is then as if it had not begun.</param>
    /// <param name="epochFinished">Called after each epoch, its validation and its checkpoint, on the calling thread. An exception that it throws ends the training.</param>
    /// <returns>The result of the training.</returns>
    /// <exception cref="CnnException">
    /// <c>TrainingDiverged</c>: the loss is not finite. The model is as it was before that batch. Or a checkpoint cannot be written: the model keeps what it
    /// has learned. <c>ModelInTraining</c>: another training of the same model is running.
    /// </exception>
    public TrainingResult Run(
        Action<TrainingProgress>? progress = null, CancellationToken cancellation = default, Action<EpochRecord>? epochFinished = null)
    {
        using Lifetime.Use use = _lifetime.Begin();
        Model.BeginTraining();
        try
        {
            _step.Average?.Show(false);
            _step.ForgetFrozenOutputs();
            return End(Train(progress, epochFinished, cancellation));
        }
        finally
        {
            // If the best epoch was restored, it is the final state of the model.
            _step.Average?.Show(History.BatchCount > 0 && _best?.IsRestored != true);
            Model.EndTraining();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    private void Free()
    {
        _step.Dispose();
        _best?.Dispose();
    }

    private TrainingOutcome Train(Action<TrainingProgress>? progress, Action<EpochRecord>? epochFinished, CancellationToken cancellation)
    {
        Checkpoints?.RemoveAbandoned();
        if (History.BatchCount == 0)
        {
            Checkpoints?.Save(this);
        }

        long begin = Stopwatch.GetTimestamp();
        TimeSpan before = _duration;
        long trained = 0;
        TrainingOutcome? outcome;
        while ((outcome = EarlyStopping.Outcome(_options, History.Epochs)) == null)
        {
            if (History.BatchCount == (History.Epochs.Count + 1) * BatchesPerEpoch)
            {
                if (!FinishEpoch(cancellation))
                {
                    return TrainingOutcome.Stopped;
                }

                Checkpoints?.Save(this);
                epochFinished?.Invoke(History.Epochs[^1]);
                begin = BeginOf(before);
                continue;
            }

            _lifetime.Check();
            int epoch = History.BatchCount / BatchesPerEpoch;
            int batch = History.BatchCount % BatchesPerEpoch;
            int first = batch * _options.BatchSize;
            int count = Math.Min(_options.BatchSize, _images.Count - first);
            TimeSpan now;

            // Code that saves or copies meanwhile waits for the end of the step, so its parameters and history are consistent.
            lock (Model.Gate)
            {
                _order.MoveTo(epoch);
                _step.LearningRate = RateOf(History.BatchCount);
                if (_step.Run(_images, _order.Images.Slice(first, count), cancellation, epoch, first) is not { } loss)
                {
                    return TrainingOutcome.Stopped;
                }

                if (!double.IsFinite(loss))
                {
                    throw Diverged(epoch, batch);
                }

                trained += count;
                History.Add((float)loss);
                _epochLoss += loss * count;
                _shownLoss = double.IsNaN(_shownLoss) ? loss : (LossMemory * _shownLoss) + ((1 - LossMemory) * loss);
                now = before + Stopwatch.GetElapsedTime(begin);
                _epochDuration += now - _duration;
                _duration = now;
            }

            if (progress != null)
            {
                double speed = trained / Math.Max(1e-9, (now - before).TotalSeconds);
                long rest = ((long)_images.Count * (_options.Epochs - epoch)) - first - count;
                progress(new TrainingProgress(
                    epoch + 1, _options.Epochs, batch + 1, BatchesPerEpoch, _shownLoss, speed, TimeSpan.FromSeconds(rest / speed)));
            }

            if (Checkpoints?.IsDue(batch + 1, BatchesPerEpoch) == true)
            {
                Checkpoints.Save(this);
                begin = BeginOf(before);
            }
        }

        return outcome.Value;
    }

    /// <summary>The learning rate of a batch.</summary>
    private double RateOf(int batch) => _options.Schedule.LearningRate(_options.LearningRate!.Value, batch, BatchesPerEpoch, _options.Epochs, History.Epochs);

    /// <summary>Checks that the settings, the images and the model fit together.</summary>
    /// <returns>The execution plan of the training.</returns>
    private static ExecutionPlan CheckArguments(Model model, ImageSet images, TrainingOptions options, ImageSet? validation)
    {
        options.Check();
        model.CheckImages(images);
        var plan = ExecutionPlan.ForTraining(model, options.TrainFrom);
        plan.CheckBatches(model, images.Count, options.BatchSize, options.AccumulationSteps);
        options.Augmentation?.CheckFor(images.ImageShape);
        options.ClassWeight?.For(model.Match(images).Images, options.Sampling);
        options.LearningRateFactor?.For(model);
        if (validation != null)
        {
            model.CheckImages(validation);
            ClassMatch.Of(model.ClassNamesFor(images), TrainingClasses, validation);
        }
        else if (options.Patience > 0 || options.TargetAccuracy > 0 || options.Schedule.NeedsValidation)
        {
            string setting = options.Patience > 0 ? nameof(options.Patience)
                : options.TargetAccuracy > 0 ? nameof(options.TargetAccuracy)
                : $"{nameof(options.Schedule)} {options.Schedule.Kind}";
            throw new CnnException(
                "ValidationRequired",
                CnnErrorKind.InvalidArgument,
                $"{setting} needs validation images, and there are none: pass images that are not used for training (-ValidationData).");
        }

        return plan;
    }

    /// <summary>Validation and checkpoints do not count as training time: the time at which the training would have begun without them.</summary>
    private long BeginOf(TimeSpan before) => Stopwatch.GetTimestamp() - (long)((_duration - before).TotalSeconds * Stopwatch.Frequency);

    /// <summary>Measures the validation images and records the epoch; if it is cancelled, the next run does it.</summary>
    private bool FinishEpoch(CancellationToken cancellation)
    {
        double rate = RateOf(History.BatchCount - 1);
        _step.Average?.Show(true);
        try
        {
            AccuracyReport? report = _validation == null ? null : Evaluator.Measure(Model, _validation, _options.Threads, _kernels, cancellation: cancellation);
            lock (Model.Gate)
            {
                _validationReport = report;
                History.Add(new EpochRecord(
                    History.Epochs.Count + 1,
                    _epochLoss / _images.Count,
                    report?.Accuracy,
                    report?.Loss,
                    _epochDuration,
                    _images.Count / _epochDuration.TotalSeconds,
                    rate));
                _epochLoss = 0;
                _epochDuration = TimeSpan.Zero;
                if (EarlyStopping.BestEpoch(History.Epochs) == History.Epochs.Count)
                {
                    _best ??= new BestEpoch(Model);
                    _best.Keep(report!);
                }
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _step.Average?.Show(false);
        }
    }

    private TrainingResult End(TrainingOutcome outcome)
    {
        if (outcome == TrainingOutcome.Stopped && History.BatchCount > History.Epochs.Count * BatchesPerEpoch)
        {
            // At the end of an epoch it is already saved.
            Checkpoints?.Save(this);
        }

        if (_options.Patience > 0 && outcome is TrainingOutcome.Completed or TrainingOutcome.NoImprovement)
        {
            _best?.Restore();
        }

        int best = EarlyStopping.BestEpoch(History.Epochs);
        return new()
        {
            Model = Model,
            Options = _options.Copy(),
            History = History,
            Outcome = outcome,
            BestEpoch = best == 0 ? null : best,
            Validation = _best?.IsRestored == true ? _best.Report : _validationReport,
            Duration = _duration,
            ImagesPerSecond = TrainedImages() / Math.Max(1e-9, _duration.TotalSeconds),
            Kernels = _kernels.Name,
            Threads = _options.Threads,
        };
    }

    private long TrainedImages()
    {
        long epochs = History.BatchCount / BatchesPerEpoch;
        return (epochs * _images.Count) + ((History.BatchCount - (epochs * BatchesPerEpoch)) * (long)_options.BatchSize);
    }

    private CnnException Diverged(int epoch, int batch) => new(
        "TrainingDiverged",
        CnnErrorKind.OperationFailed,
        FormattableString.Invariant(
            $"The loss is not finite at epoch {epoch + 1}, batch {batch + 1}: the training diverged. The model is as it was before that batch. ")
        + FormattableString.Invariant($"Try a smaller learning rate than {_options.LearningRate} (a tenth of it), and start again with a new model."))
    { Target = Model };
}
