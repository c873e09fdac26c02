using System.Management.Automation;
using Cnn.Sweeps;

namespace Cnn.PowerShell;

/// <summary>Import-CnnSweep: reads the results of an exported sweep so far, and lists missing and failed trials.</summary>
[Cmdlet(VerbsData.Import, "CnnSweep")]
[OutputType(typeof(SweepResult), typeof(PSObject))]
public sealed class ImportCnnSweepCommand : CnnCommand
{
    /// <summary>The folder; wildcards are not expanded.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Returns the trials that have no result or failed, instead of the results.</summary>
    [Parameter]
    public SwitchParameter Missing { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        SweepFolder folder = SweepFolder.Open(FileSystemPath.Literal(this, Path));
        List<SweepResult> results = [];
        List<PlannedTrial> missing = [];
        List<(PlannedTrial Trial, SweepResult Result)> failed = [];
        foreach (PlannedTrial trial in folder.Trials)
        {
            StoppingToken.ThrowIfCancellationRequested();
            SweepResult? result = null;

            // A damaged file is a separate error, and its trial is missing.
            Attempt(() => result = folder.ResultOf(trial.Trial));
            if (result == null)
            {
                missing.Add(trial);
            }
            else if (result.Error != null)
            {
                failed.Add((trial, result));
            }

            if (result is { Error: null })
            {
                results.Add(result);
            }

            if (Missing ? result is not { Error: null } : result != null)
            {
                WriteObject(Missing ? SweepTrial.Of(trial).ToObject() : SweepResultRow.Of(result!));
            }
        }

        if (!Missing)
        {
            WarnOfMissing(folder, missing, failed);
            if (SweepResultRow.ProblemOf(results) is { } problem)
            {
                WriteWarning(problem);
            }
        }
    });

    private void WarnOfMissing(SweepFolder folder, List<PlannedTrial> missing, List<(PlannedTrial Trial, SweepResult Result)> failed)
    {
        if (missing.Count + failed.Count == 0)
        {
            return;
        }

        int done = folder.Trials.Count - missing.Count - failed.Count;
        int begun = missing.Count(trial => folder.HasCheckpoints(trial.Trial));
        WriteWarning(
            $"{done} of {folder.Trials.Count} trials in '{folder.Path}' have a result."
            + (missing.Count == 0 ? "" : $" Missing: {Tasks(missing)}{(begun == 0 ? "" : $" ({begun} of them started)")}.")
            + (failed.Count == 0 ? "" : $" Failed: {string.Join("; ", failed.GroupBy(one => one.Result.ErrorId).Select(group => $"{Tasks([.. group.Select(one => one.Trial)])} with {group.Key} ({group.First().Result.Error})"))}.")
            + " Export-CnnSweep writes a job for them.");
    }

    private static string Tasks(List<PlannedTrial> trials) => $"{(trials.Count == 1 ? "task" : "tasks")} {SweepJob.Ranges([.. trials.Select(trial => trial.Task)])}";
}
