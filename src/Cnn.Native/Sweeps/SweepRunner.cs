using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Cnn.Data;
using Cnn.Kernels;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>What a trial means: a new model, and the settings of its training.</summary>
/// <param name="Model">The model; it is trained in place and then given up.</param>
/// <param name="Options">The settings. Where they name no number of threads, the runner does.</param>
public sealed record TrialSetup(Model Model, TrainingOptions Options);

/// <summary>
/// Trains trials, several at a time, and reports each as it finishes. A trial that fails is a result too. Neither the number of trials side
/// by side nor that of their threads changes any figure but the times.
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
    /// <param name="setup">Says what a trial means; called on several threads. An error that it throws is the trial's.</param>
    public SweepRunner(ImageSet images, ImageSet validation, Func<Trial, TrialSetup> setup)
    {
        (_images, _validation, _setup) = (images, validation, setup);
    }

    /// <summary>How many trials are trained side by side; 0 for one on each processor.</summary>
    public int ThrottleLimit { get; init; }

    /// <summary>How many threads work on each trial that does not say so itself; 0 for an equal share of the processors.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// When trials that promise little end early; never where this is null. Which they are depends on those that finished before, and so on the
    /// number of trials side by side and on the speed of each.
    /// </summary>
    public MedianPruning? Pruning { get; init; }

    /// <summary>
    /// The folder that has the trials, where several processes work on them: each trial then has a results file and checkpoints of its own there, and goes on
    /// to the same bits where it was interrupted. What failed is run again. Null where results go into one file, or nowhere.
    /// </summary>
    public SweepFolder? Folder { get; init; }

    /// <summary>The kernels that all trials are trained with; null for those of the process.</summary>
    public string? Kernels { get; init; }

    /// <summary>Called after each epoch of each trial, on the thread that called <see cref="Run"/>.</summary>
    public Action<Trial, EpochRecord>? EpochFinished { get; init; }

    /// <summary>The trials that were left to other processes, which were training them.</summary>
    public IReadOnlyCollection<Trial> InUse => _inUse;

    /// <summary>Runs the trials; of trials with the same identifier the first.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="file">Where results are looked for first and appended; the results of these trials in it are reported at once.</param>
    /// <param name="finished">Called with each result, on the calling thread; after the appending.</param>
    /// <param name="progress">Called some times a second, on the calling thread.</param>
    /// <param name="cancellation">Stops all trainings within a batch. Trials that were not finished are as if they had not begun.</param>
    /// <exception cref="CnnException">
    /// <c>SweepThrottle</c>: a limit is out of its range. <c>KernelsUnknown</c> or <c>KernelsNotSupported</c>. <c>WriteFailed</c>: a result cannot be appended, or a checkpoint not be written.
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
                Remember(known);

                // The values as this sweep has them: a file knows no difference between 1 and 1.0.
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
            throw new CnnException("SweepThrottle", CnnErrorKind.InvalidArgument, $"{name} is {limit}. It is 1 to 1024, or 0 for a choice by the number of processors.") { Target = limit };
        }
    }

    private static double? Better(double? best, SweepResult result) => best is { } known && !(result.Accuracy > known) ? known : result.Accuracy ?? best;

    private void RunAll(
        List<Trial> trials, KernelSet kernels, double? best, ResultsFile? file, Action<SweepResult> finished, Action<SweepProgress>? progress, CancellationToken cancellation)
    {
        int slots = Math.Min(trials.Count, ThrottleLimit == 0 ? Environment.ProcessorCount : ThrottleLimit);
        int threads = Threads == 0 ? Math.Max(1, Environment.ProcessorCount / slots) : Threads;
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        // What is to be reported on the calling thread.
        using BlockingCollection<Action> news = [];
        var running = new RunningTrial?[slots];
        ExceptionDispatchInfo? error = null;
        int next = -1;
        int working = slots;
        long begin = Stopwatch.GetTimestamp();
        (int done, int failed, int pruned) = (0, 0, 0);

        // A trial leaves the running ones and joins the finished ones at one moment, so the progress never goes back.
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

        void Tell(Trial trial, EpochRecord epoch)
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
                    TrialRun run = new(trials[index], kernels, threads, now => Volatile.Write(ref running[slot], new RunningTrial(slot, trials[index], now)), Tell);
                    Volatile.Write(ref running[slot], new RunningTrial(slot, trials[index], null));
                    SweepResult? result = Folder == null ? Train(run, null, giveUp.Token) : TrainIn(Folder, run, giveUp.Token);
                    Leave(slot, result);
                    if (result != null)
                    {
                        file?.Append(result);
                        Remember(result);
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
            // Whoever takes the results may have had enough: nobody trains on behind its back.
            giveUp.Cancel();
            foreach (Thread worker in workers)
            {
                worker.Join();
            }
        }

        error?.Throw();
        cancellation.ThrowIfCancellationRequested();
    }

    private void Remember(SweepResult result)
    {
        if (!result.IsPruned && result.EpochAccuracies.Count > 0)
        {
            _finished.Add(result.EpochAccuracies);
        }
    }

    /// <summary>Trains a trial of a folder, unless another process is at it or has finished it meanwhile.</summary>
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

    /// <summary>Trains one trial; nothing comes out of one that was stopped.</summary>
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
                    run.Tell(run.Trial, epoch);
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
            // A full disk says nothing about the trial, and no result of it can be trusted to be written: the sweep ends, and goes on from the last checkpoint.
            throw;
        }
        catch (Exception error)
        {
            // Whatever it is, memory that is not there for instance: the other trials go on, and the result tells.
            return cancellation.IsCancellationRequested ? null : SweepResult.Of(run.Trial, error);
        }
    }

    /// <summary>Begins a trial, or goes on with it from its newest checkpoint.</summary>
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
                // Damaged, or of a version with other settings: the trial begins again, and comes to what it would have come to.
                (model, _) = _setup(run.Trial);
            }
        }

        checkpoints?.Clear(overwrite: true);
        return new Trainer(model, _images, options, _validation, run.Kernels) { Checkpoints = checkpoints };
    }

    /// <summary>A trial that is to be trained.</summary>
    /// <param name="Trial">The trial.</param>
    /// <param name="Kernels">What it is trained with.</param>
    /// <param name="Threads">How many threads work on it, where it does not say so itself.</param>
    /// <param name="Report">Is told how far it is.</param>
    /// <param name="Tell">Called after each epoch.</param>
    private sealed record TrialRun(Trial Trial, KernelSet Kernels, int Threads, Action<TrainingProgress> Report, Action<Trial, EpochRecord> Tell);
}
