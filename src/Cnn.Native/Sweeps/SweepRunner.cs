using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Cnn.Data;
using Cnn.Kernels;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>The meaning of a trial: a new model, and the settings of its training.</summary>
/// <param name="Model">The model; it is trained in place and then released.</param>
/// <param name="Options">The settings. If they give no number of threads, the runner does.</param>
public sealed record TrialSetup(Model Model, TrainingOptions Options);

/// <summary>
/// Trains trials, several at a time, and reports each as it finishes. A failed trial is a result too. Neither the number of trials side by side nor that of
/// their threads changes any figures except times.
/// </summary>
public sealed class SweepRunner
{
    /// <summary>How often progress is reported while no trial finishes.</summary>
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);

    private readonly ImageSet _images;
    private readonly ImageSet _validation;
    private readonly Func<Trial, TrialSetup> _setup;
    private readonly ConcurrentBag<IReadOnlyList<double>> _finished = [];
    private readonly ConcurrentBag<Trial> _inUse = [];

    /// <summary>Prepares a sweep.</summary>
    /// <param name="images">The images that every trial is trained on.</param>
    /// <param name="validation">The images that it is measured on; not the test images, on which only the chosen trial is measured, once.</param>
    /// <param name="setup">Makes a model and settings from a trial; called on several threads. An exception that it throws is the error of the trial.</param>
    public SweepRunner(ImageSet images, ImageSet validation, Func<Trial, TrialSetup> setup)
    {
        (_images, _validation, _setup) = (images, validation, setup);
    }

    /// <summary>The number of trials that are trained side by side; 0 for one on each processor.</summary>
    public int ThrottleLimit { get; init; }

    /// <summary>The number of threads for each trial that does not set it itself; 0 for an equal share of the processors.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// The rule for ending unpromising trials early; null to end none. Which trials are ended depends on those that finished before, and so on the number of
    /// trials side by side and on the speed of each.
    /// </summary>
    public MedianPruning? Pruning { get; init; }

    /// <summary>
    /// The folder that contains the trials, if several processes work on them: each trial then has its own results file and checkpoints there, and continues
    /// to the same bits after an interruption. Failed trials are run again. Null if results go into one file, or are not saved.
    /// </summary>
    public SweepFolder? Folder { get; init; }

    /// <summary>The kernels that train all trials; null for those of the process.</summary>
    public string? Kernels { get; init; }

    /// <summary>Called after each epoch of each trial, on the thread that called <see cref="Run"/>.</summary>
    public Action<Trial, EpochRecord>? EpochFinished { get; init; }

    /// <summary>The trials that were left to other processes, which were training them.</summary>
    public IReadOnlyCollection<Trial> InUse => _inUse;

    /// <summary>Runs the trials; of trials with the same identifier, only the first.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="file">The file in which results are looked up first and to which they are appended; results of these trials in it are reported at once.</param>
    /// <param name="finished">Called with each result, on the calling thread, after it was appended.</param>
    /// <param name="progress">Called several times per second, on the calling thread.</param>
    /// <param name="cancellation">Stops all trainings within a batch. Trials that were not finished are as if they had not begun.</param>
    /// <exception cref="CnnException">
    /// <c>SweepThrottle</c>: a limit is out of range. <c>KernelsUnknown</c> or <c>KernelsNotSupported</c>. <c>WriteFailed</c>: a result cannot be appended,
    /// or a checkpoint cannot be written.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run(
        IEnumerable<Trial> trials,
        ResultsFile? file,
        Action<SweepResult> finished,
        Action<SweepProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        CheckLimit("ThrottleLimit", ThrottleLimit);
        CheckLimit("Threads", Threads);
        Pruning?.Check();
        KernelSet kernels = PinnedKernels.Select(Kernels);
        List<Trial> rest = [];
        double? best = null;
        foreach (Trial trial in trials.DistinctBy(trial => trial.Id))
        {
            if (Known(trial, file) is { } known)
            {
                best = Better(best, known);
                AddFinished(known);

                // The values in the form of this sweep: in a file, 1 and 1.0 are the same.
                finished(known with { Trial = trial });
            }
            else
            {
                rest.Add(trial);
            }
        }

        if (rest.Count > 0)
        {
            RunAll(rest, kernels, best, file, finished, progress, cancellation);
        }
    }

    private SweepResult? Known(Trial trial, ResultsFile? file) =>
        Folder != null ? Folder.ResultOf(trial) is { Error: null } done ? done : null : file?.Results.GetValueOrDefault(trial.Id);

    private static void CheckLimit(string name, int limit)
    {
        if (limit is < 0 or > 1024)
        {
            throw new CnnException("SweepThrottle", CnnErrorKind.InvalidArgument, $"{name} is {limit}. It must be 1 to 1024, or 0 to choose by the number of processors.") { Target = limit };
        }
    }

    private static double? Better(double? best, SweepResult result) => best is { } known && !(result.Accuracy > known) ? known : result.Accuracy ?? best;

    private void RunAll(
        List<Trial> trials, KernelSet kernels, double? best, ResultsFile? file, Action<SweepResult> finished, Action<SweepProgress>? progress, CancellationToken cancellation)
    {
        int slots = Math.Min(trials.Count, ThrottleLimit == 0 ? Environment.ProcessorCount : ThrottleLimit);
        int threads = Threads == 0 ? Math.Max(1, Environment.ProcessorCount / slots) : Threads;
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        // Events to report on the calling thread.
        using BlockingCollection<Action> news = [];
        var running = new RunningTrial?[slots];
        ExceptionDispatchInfo? error = null;
        int next = -1;
        int working = slots;
        long begin = Stopwatch.GetTimestamp();
        (int done, int failed, int pruned) = (0, 0, 0);

        // A trial moves from the running to the finished ones in one step, so the progress never decreases.
        Lock counting = new();

        void Leave(int slot, SweepResult? result)
        {
            lock (counting)
            {
                running[slot] = null;
                if (result != null)
                {
                    best = Better(best, result);
                    done++;
                    failed += result.Error == null ? 0 : 1;
                    pruned += result.IsPruned ? 1 : 0;
                }
            }
        }

        SweepProgress Now()
        {
            lock (counting)
            {
                return new(trials.Count, done, failed, pruned, best, [.. running.OfType<RunningTrial>()], Stopwatch.GetElapsedTime(begin));
            }
        }

        void ReportEpoch(Trial trial, EpochRecord epoch)
        {
            if (EpochFinished != null)
            {
                news.Add(() => EpochFinished(trial, epoch), CancellationToken.None);
            }
        }

        void Work(int slot)
        {
            try
            {
                while (!giveUp.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < trials.Count)
                {
                    TrialRun run = new(trials[index], kernels, threads, now => Volatile.Write(ref running[slot], new RunningTrial(slot, trials[index], now)), ReportEpoch);
                    Volatile.Write(ref running[slot], new RunningTrial(slot, trials[index], null));
                    SweepResult? result = Folder == null ? Train(run, null, giveUp.Token) : TrainIn(Folder, run, giveUp.Token);
                    Leave(slot, result);
                    if (result != null)
                    {
                        file?.Append(result);
                        AddFinished(result);
                        news.Add(() => finished(result), CancellationToken.None);
                    }
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref error, ExceptionDispatchInfo.Capture(e), null);
                giveUp.Cancel();
            }
            finally
            {
                if (Interlocked.Decrement(ref working) == 0)
                {
                    news.CompleteAdding();
                }
            }
        }

        Thread[] workers = [.. Enumerable.Range(0, slots).Select(slot => new Thread(() => Work(slot)) { IsBackground = true, Name = $"Cnn trial {slot}" })];
        foreach (Thread worker in workers)
        {
            worker.Start();
        }

        try
        {
            while (!news.IsCompleted)
            {
                if (news.TryTake(out Action? tell, ProgressInterval))
                {
                    tell();
                }

                progress?.Invoke(Now());
            }
        }
        finally
        {
            // The consumer of the results may stop early; then no training continues in the background.
            giveUp.Cancel();
            foreach (Thread worker in workers)
            {
                worker.Join();
            }
        }

        error?.Throw();
        cancellation.ThrowIfCancellationRequested();
    }

    private void AddFinished(SweepResult result)
    {
        if (!result.IsPruned && result.EpochAccuracies.Count > 0)
        {
            _finished.Add(result.EpochAccuracies);
        }
    }

    /// <summary>Trains a trial of a folder, unless another process is training it or has finished it meanwhile.</summary>
    private SweepResult? TrainIn(SweepFolder folder, TrialRun run, CancellationToken cancellation)
    {
        ResultsFile own;
        try
        {
            own = folder.Claim(run.Trial);
        }
        catch (CnnException error) when (error.ErrorId == ResultsFile.InUseErrorId)
        {
            _inUse.Add(run.Trial);
            return null;
        }

        using (own)
        {
            if (own.Results.GetValueOrDefault(run.Trial.Id) is { Error: null } known)
            {
                return known with { Trial = run.Trial };
            }

            SweepResult? result = Train(run, folder.CheckpointsOf(run.Trial, run.Kernels.Name), cancellation);
            if (result != null)
            {
                own.Append(result);
            }

            if (result is { Error: null })
            {
                folder.RemoveCheckpoints(run.Trial);
            }

            return result;
        }
    }

    /// <summary>Trains one trial; a trial that was stopped has no result.</summary>
    private SweepResult? Train(TrialRun run, CheckpointFolder? checkpoints, CancellationToken cancellation)
    {
        try
        {
            using Trainer trainer = NewTrainer(run, checkpoints);
            using CancellationTokenSource prune = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            bool isPruned = false;
            long told = Stopwatch.GetTimestamp();
            TrainingResult result = trainer.Run(
                now =>
                {
                    if (Stopwatch.GetElapsedTime(told) >= ProgressInterval)
                    {
                        told = Stopwatch.GetTimestamp();
                        run.Report(now);
                    }
                },
                prune.Token,
                epoch =>
                {
                    run.ReportEpoch(run.Trial, epoch);
                    if (!trainer.IsComplete && Pruning?.Ends([.. trainer.History.Epochs.Select(record => record.ValidationAccuracy!.Value)], _finished) == true)
                    {
                        isPruned = true;
                        prune.Cancel();
                    }
                });
            return result.IsStopped && !isPruned ? null : SweepResult.Of(run.Trial, result, isPruned);
        }
        catch (CnnException error) when (checkpoints != null && error.Kind == CnnErrorKind.WriteFailed)
        {
            // A full disk says nothing about the trial, and its result probably cannot be written: the sweep ends, and can be continued from the last
            // checkpoint.
            throw;
        }
        catch (Exception error)
        {
            // Whatever the error is, for example missing memory: the other trials continue, and the result contains it.
            return cancellation.IsCancellationRequested ? null : SweepResult.Of(run.Trial, error);
        }
    }

    /// <summary>Starts a trial, or resumes it from its newest checkpoint.</summary>
    private Trainer NewTrainer(TrialRun run, CheckpointFolder? checkpoints)
    {
        (Model model, TrainingOptions options) = _setup(run.Trial);
        options = options.Threads == 0 ? options with { Threads = run.Threads } : options;
        if (checkpoints?.Newest is { } newest)
        {
            try
            {
                Trainer resumed = Trainer.Resume(newest, _images, _validation, kernels: run.Kernels, model: model, settings: _ => options.For(model));
                resumed.Checkpoints = checkpoints;
                return resumed;
            }
            catch (CnnException error) when (error.Kind is CnnErrorKind.InvalidData or CnnErrorKind.InvalidArgument)
            {
                // The checkpoint is damaged, or from a version with other settings: the trial starts again, and gets the same result.
                (model, _) = _setup(run.Trial);
            }
        }

        checkpoints?.Clear(overwrite: true);
        return new Trainer(model, _images, options, _validation, run.Kernels) { Checkpoints = checkpoints };
    }

    /// <summary>A trial that is to be trained.</summary>
    /// <param name="Trial">The trial.</param>
    /// <param name="Kernels">Its model and settings.</param>
    /// <param name="Threads">The number of threads, if it does not set it itself.</param>
    /// <param name="Report">Called with its progress.</param>
    /// <param name="ReportEpoch">Called after each epoch.</param>
    private sealed record TrialRun(Trial Trial, KernelSet Kernels, int Threads, Action<TrainingProgress> Report, Action<Trial, EpochRecord> ReportEpoch);
}
