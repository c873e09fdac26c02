using System.Management.Automation;
using Cnn.Data;
using Cnn.Sweeps;

namespace Cnn.PowerShell;

/// <summary>Invoke-CnnSweep: trains trials side by side, writes each result down as it comes, and goes on where it was interrupted.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "CnnSweep", SupportsShouldProcess = true)]
[OutputType(typeof(SweepResult))]
public sealed class InvokeCnnSweepCommand : CnnCommand
{
    private readonly Dictionary<string, SweepTrial> _trials = [];
    private readonly List<Trial> _order = [];

    /// <summary>The training images.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The images that trials are compared on.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [LiveObject]
    public ImageSet ValidationData { get; set; } = null!;

    /// <summary>A trial, as New-CnnSweep makes it.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject[] Trial { get; set; } = [];

    /// <summary>The results file; wildcards are taken as they are.</summary>
    [Parameter]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>How many trials are trained side by side; 0 for one on each processor.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, 1024)]
    public int ThrottleLimit { get; set; }

    /// <summary>How many threads work on each trial; 0 for an equal share of the processors.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, 1024)]
    public int Threads { get; set; }

    /// <summary>Ends trials early that promise little.</summary>
    [Parameter]
    public SwitchParameter Prune { get; set; }

    /// <summary>So many trials have to be finished before one is ended early.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int PruningTrialCount { get; set; } = 5;

    /// <summary>So many epochs every trial has.</summary>
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
        if (!Prune && new[] { nameof(PruningTrialCount), nameof(PruningEpochCount) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey) is { } setting)
        {
            throw new CnnException("PruneRequired", CnnErrorKind.InvalidArgument, $"-{setting} says when trials are ended early, and without -Prune none is: add -Prune, or leave it out.")
            { Target = setting };
        }

        string? path = Path == null ? null : FileSystemPath.Literal(this, Path);
        Dictionary<string, SweepResult> known = path == null
            ? []
            : (ResultsFile.ReadIfExists(path, Data, ValidationData) ?? []).ToDictionary(result => result.Id);
        Trial[] wanted = [.. _order.Where(trial => known.ContainsKey(trial.Id) || ShouldProcess($"{trial.Id} ({trial})", "Train the trial"))];
        if (wanted.All(trial => known.ContainsKey(trial.Id)))
        {
            // Nothing is to be done, and so nothing is touched.
            Array.ForEach(wanted, trial => Write(known[trial.Id] with { Trial = trial }));
            return;
        }

        using ResultsFile? file = path == null ? null : ResultsFile.Open(path, Data, ValidationData);
        if (file is { HasTornLine: true })
        {
            WriteWarning($"The last line of '{path}' was torn when a sweep was interrupted; it is removed, and its trial is run again.");
        }

        var runner = new SweepRunner(Data, ValidationData, trial => _trials[trial.Id].Setup(Data))
        {
            ThrottleLimit = ThrottleLimit,
            Threads = Threads,
            Pruning = Prune ? new MedianPruning(PruningTrialCount, PruningEpochCount) : null,
        };
        var progress = new SweepProgressReporter(this);
        int written = 0;
        try
        {
            runner.Run(
                wanted,
                file,
                result =>
                {
                    // Where writing ends the pipeline, the result is in the file already.
                    written++;
                    Write(result);
                },
                progress.Report,
                StoppingToken);
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            WarnStopped($"The sweep was stopped behind {written} of {wanted.Length} trials. " + (path == null
                ? "Nothing was written down: with -Path the same line goes on where a sweep was stopped."
                : $"Their results are in '{path}': the same line runs the others."));
            throw;
        }
        finally
        {
            progress.Complete();
        }
    });

    /// <summary>Writes a result, with each value of its trial as a property; and an error where the trial failed.</summary>
    private void Write(SweepResult result)
    {
        var row = new PSObject(result);
        foreach ((string name, object value) in result.Trial.Values)
        {
            row.Properties.Add(new PSNoteProperty(name, value));
        }

        WriteObject(row);
        if (result.Error != null && !result.IsFromFile)
        {
            WriteError(CnnErrorRecord.Of(
                new CnnException(result.ErrorId!, CnnErrorKind.OperationFailed, $"Trial {result.Id} ({result.Trial}): {result.Error}") { Target = result }));
        }
    }
}
