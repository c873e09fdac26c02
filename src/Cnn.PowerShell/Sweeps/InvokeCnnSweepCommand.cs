using System.Management.Automation;
using Cnn.Data;
using Cnn.Sweeps;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>Invoke-CnnSweep: trains trials side by side, saves each result as it arrives, and continues an interrupted sweep.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "CnnSweep", SupportsShouldProcess = true, DefaultParameterSetName = FolderSet)]
[OutputType(typeof(SweepResult))]
public sealed class InvokeCnnSweepCommand : CnnCommand
{
    private const string TrialSet = "Trial";
    private const string FolderSet = "Folder";

    private readonly Dictionary<string, SweepTrial> _trials = [];
    private readonly List<Trial> _order = [];
    private readonly List<SweepResult> _written = [];

    /// <summary>The training images.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = TrialSet)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The images that trials are compared on.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = TrialSet)]
    [LiveObject]
    public ImageSet ValidationData { get; set; } = null!;

    /// <summary>A trial from New-CnnSweep.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = TrialSet)]
    public PSObject[] Trial { get; set; } = [];

    /// <summary>The results file; or the folder of an exported sweep, whose trials are run. Wildcards are not expanded.</summary>
    [Parameter(ParameterSetName = TrialSet)]
    [Parameter(Mandatory = true, ParameterSetName = FolderSet)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The only task of an exported sweep to run; by default all tasks.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int? Task { get; set; }

    /// <summary>The number of trials that are trained side by side; 0 for one on each processor.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, 1024)]
    public int ThrottleLimit { get; set; }

    /// <summary>The number of threads for each trial; 0 for an equal share of the processors.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, 1024)]
    public int Threads { get; set; }

    /// <summary>The kernels that train all trials; by default those of this process.</summary>
    [Parameter(ParameterSetName = TrialSet)]
    [ArgumentCompleter(typeof(KernelsCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Kernels { get; set; }

    /// <summary>Ends unpromising trials early.</summary>
    [Parameter]
    public SwitchParameter Prune { get; set; }

    /// <summary>The number of trials that have to be finished before one is ended early.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int PruningTrialCount { get; set; } = 5;

    /// <summary>The number of epochs that every trial trains.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int PruningEpochCount { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject row in Trial)
        {
            Attempt(() =>
            {
                var trial = SweepTrial.Of(row);
                if (_trials.TryAdd(trial.Trial.Id, trial))
                {
                    _order.Add(trial.Trial);
                }
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
    {
        if (ParameterSetName == FolderSet)
        {
            RunFolder(SweepFolder.Open(FileSystemPath.Literal(this, Path!)));
        }
        else
        {
            RunTrials();
        }
    });

    private void RunTrials()
    {
        if (!Prune && new[] { nameof(PruningTrialCount), nameof(PruningEpochCount) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey) is { } setting)
        {
            throw new CnnException("PruneRequired", CnnErrorKind.InvalidArgument, $"-{setting} sets when trials are ended early, which needs -Prune: add -Prune, or leave it out.")
            { Target = setting };
        }

        string? path = Path == null ? null : FileSystemPath.Literal(this, Path);
        Dictionary<string, SweepResult> known = path == null
            ? []
            : (ResultsFile.ReadIfExists(path, Data, ValidationData) ?? []).ToDictionary(result => result.Id);
        Trial[] wanted = [.. _order.Where(trial => known.ContainsKey(trial.Id) || ShouldProcess($"{trial.Id} ({trial})", "Train the trial"))];
        if (wanted.All(trial => known.ContainsKey(trial.Id)))
        {
            // There is nothing to do, so nothing is touched.
            Array.ForEach(wanted, trial => Write(known[trial.Id] with { Trial = trial }));
            return;
        }

        using ResultsFile? file = path == null ? null : ResultsFile.Open(path, Data, ValidationData);
        if (file is { HasTornLine: true })
        {
            WriteWarning($"The last line of '{path}' was torn when a sweep was interrupted; it is removed, and its trial runs again.");
        }

        var runner = new SweepRunner(Data, ValidationData, trial => _trials[trial.Id].Setup(Data))
        {
            ThrottleLimit = ThrottleLimit,
            Threads = Threads,
            Kernels = Kernels,
            EpochFinished = WriteEpoch,
            Pruning = Prune ? new MedianPruning(PruningTrialCount, PruningEpochCount) : null,
        };
        try
        {
            Run(runner, wanted, file, StoppingToken);
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            WarnStopped($"The sweep was stopped after {_written.Count} of {wanted.Length} trials. " + (path == null
                ? "No results were saved: with -Path, running the same command again continues a stopped sweep."
                : $"Their results are in '{path}': running the same command again trains the others."));
            throw;
        }
    }

    /// <summary>Runs the trials of an exported sweep. Each has its own results file, so other processes may do the same at the same time.</summary>
    private void RunFolder(SweepFolder folder)
    {
        if (new[] { nameof(Prune), nameof(PruningTrialCount), nameof(PruningEpochCount) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey) is { } setting)
        {
            throw new CnnException(
                "SweepFolderPrune",
                CnnErrorKind.InvalidArgument,
                $"-{setting} cannot be used with the folder of a sweep: which trials end early would depend on which tasks happened to be finished, and an interrupted trial would not continue to the same bits. Leave it out, or run the trials with Invoke-CnnSweep -Data and -ValidationData on one machine.")
            { Target = setting };
        }

        PlannedTrial[] planned = Task is { } task ? [folder.TrialOf(task)] : [.. folder.Trials];
        bool IsDone(PlannedTrial trial) => folder.ResultOf(trial.Trial) is { Error: null };
        PlannedTrial[] wanted = [.. planned.Where(trial => IsDone(trial) || ShouldProcess($"{trial.Trial.Id} ({trial.Trial})", "Train the trial"))];
        if (wanted.All(IsDone))
        {
            Array.ForEach(wanted, trial => Write(folder.ResultOf(trial.Trial)!));
            WarnOfKernels();
            return;
        }

        foreach (PlannedTrial trial in wanted)
        {
            _trials.Add(trial.Trial.Id, SweepTrial.Of(trial));
        }

        (ImageSet images, ImageSet validation) = folder.ReadImages();
        var runner = new SweepRunner(images, validation, trial => _trials[trial.Id].Setup(images))
        {
            ThrottleLimit = ThrottleLimit,
            Threads = Threads,
            Folder = folder,
            Kernels = folder.Kernels,
            EpochFinished = WriteEpoch,
        };
        using TerminationSignal signal = new(StoppingToken);
        try
        {
            Run(runner, wanted.Select(trial => trial.Trial), null, signal.Token);
        }
        catch (OperationCanceledException) when (signal.Token.IsCancellationRequested)
        {
            string where = $"The sweep was stopped after {_written.Count} of {wanted.Length} trials. The unfinished trials are saved in '{folder.Path}', and continue when the same command is run again.";
            if (signal.HasCome)
            {
                throw new CnnException("SweepInterrupted", CnnErrorKind.OperationFailed, where) { Target = folder.Path };
            }

            WarnStopped(where);
            throw;
        }

        foreach (Trial trial in runner.InUse)
        {
            WriteError(CnnErrorRecord.Of(new CnnException(
                "ResultsFileInUse",
                CnnErrorKind.Unavailable,
                $"Trial {trial.Id} ({trial}) is being trained by another process, which holds '{folder.ResultsPathOf(trial)}': it is left to that process.")
            { Target = trial }));
        }

        WarnOfKernels();
    }

    private void Run(SweepRunner runner, IEnumerable<Trial> trials, ResultsFile? file, CancellationToken cancellation)
    {
        var progress = new SweepProgressReporter(this);
        try
        {
            // If writing ends the pipeline, the result is already in the file.
            runner.Run(trials, file, Write, progress.Report, cancellation);
        }
        finally
        {
            progress.Complete();
        }
    }

    private void WriteEpoch(Trial trial, EpochRecord epoch) => WriteVerbose(FormattableString.Invariant(
        $"{trial.Id} epoch {epoch.Epoch}: loss {epoch.Loss:F4}, validation accuracy {epoch.ValidationAccuracy:P2}, validation loss {epoch.ValidationLoss:F4}, {epoch.ImagesPerSecond:N0} images/s"));

    private void WarnOfKernels()
    {
        if (SweepResultRow.ProblemOf(_written) is { } problem)
        {
            WriteWarning(problem);
        }
    }

    /// <summary>Writes a result, with each value of its trial as a property, and an error if the trial failed.</summary>
    private void Write(SweepResult result)
    {
        _written.Add(result);
        WriteObject(SweepResultRow.Of(result));
        if (result.Error != null && !result.IsFromFile)
        {
            WriteError(CnnErrorRecord.Of(
                new CnnException(result.ErrorId!, CnnErrorKind.OperationFailed, $"Trial {result.Id} ({result.Trial}): {result.Error}") { Target = result }));
        }
    }
}
