using System.Globalization;
using System.Management.Automation.Language;
using System.Security.Cryptography;
using System.Text;

namespace Cnn.PowerShell;

/// <summary>The scripts of an exported sweep: <c>job.sh</c>, which starts the tasks, and <c>task.ps1</c>, which runs one.</summary>
/// <param name="Folder">The folder of the sweep.</param>
/// <param name="Module">The manifest of the module.</param>
/// <param name="Shell">The words that start PowerShell.</param>
/// <param name="Scheduler">The scheduler of the tasks.</param>
/// <param name="TimeLimit">How long Slurm lets a task run; null for the cluster's own limit.</param>
/// <param name="Threads">The number of threads of a task; 0 for all processors that it is given.</param>
internal sealed record SweepJob(string Folder, string Module, IReadOnlyList<string> Shell, SweepScheduler Scheduler, TimeSpan? TimeLimit, int Threads)
{
    /// <summary>The job script.</summary>
    public const string JobName = "job.sh";

    /// <summary>The script of a task.</summary>
    public const string TaskName = "task.ps1";

    private const string ChecksumBeginning = "# Written by Export-CnnSweep, checksum ";

    /// <summary>The time for the checkpoint before a limit; Slurm checks limits twice a minute, and may be a minute early.</summary>
    private static readonly TimeSpan MostWarning = TimeSpan.FromSeconds(120);

    /// <summary>Writes <c>job.sh</c> for some tasks.</summary>
    /// <param name="tasks">Their numbers, in order; at least one.</param>
    /// <returns>The text.</returns>
    public string JobScript(IReadOnlyList<int> tasks)
    {
        string body = Scheduler == SweepScheduler.Slurm ? SlurmScript(Ranges(tasks)) : LocalScript(tasks);
        int line = body.IndexOf('\n', StringComparison.Ordinal) + 1;
        return $"{body[..line]}{ChecksumBeginning}{Checksum(body)}: a script that was changed is replaced only with -Force.\n{body[line..]}";
    }

    /// <summary>Whether somebody has changed a script since it was written.</summary>
    /// <param name="script">The text of <c>job.sh</c>.</param>
    /// <returns>Whether it was changed.</returns>
    public static bool IsChanged(string script)
    {
        string[] lines = script.Split('\n');
        return !(lines.Length > 1 && lines[1].StartsWith(ChecksumBeginning, StringComparison.Ordinal)
            && lines[1][ChecksumBeginning.Length..].StartsWith(Checksum(string.Join('\n', lines.Where((_, index) => index != 1))), StringComparison.Ordinal));
    }

    /// <summary>Numbers as Slurm writes them: <c>1-4,7</c>.</summary>
    /// <param name="tasks">The numbers, in order.</param>
    /// <returns>The text.</returns>
    public static string Ranges(IReadOnlyList<int> tasks) =>
        string.Join(',', RangesOf(tasks).Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}"));

    /// <summary>Numbers as bash writes them: <c>{1..4} 7</c>.</summary>
    private static string Words(IReadOnlyList<int> tasks) =>
        string.Join(' ', RangesOf(tasks).Select(range => range.First == range.Last ? $"{range.First}" : $"{{{range.First}..{range.Last}}}"));

    private static List<(int First, int Last)> RangesOf(IReadOnlyList<int> tasks)
    {
        List<(int First, int Last)> ranges = [];
        foreach (int task in tasks)
        {
            if (ranges.Count > 0 && ranges[^1].Last == task - 1)
            {
                ranges[^1] = (ranges[^1].First, task);
            }
            else
            {
                ranges.Add((task, task));
            }
        }

        return ranges;
    }

    /// <summary>Writes <c>task.ps1</c>.</summary>
    /// <returns>The text.</returns>
    public string TaskScript() => $$"""
        # Runs one task of this sweep: trains a trial, or resumes an interrupted one. job.sh starts it.
        # Exit code 0: the trial has a result. 75: it was interrupted and is to be started again.
        # 74: the folder cannot be written to, for example because the disk is full; make room and start it again. 1: it failed.
        param(
            [Parameter(Mandatory)] [int] $Task,
            [int] $Threads = 0
        )

        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        $PSStyle.OutputRendering = 'PlainText'
        Import-Module '{{CodeGeneration.EscapeSingleQuotedStringContent(Module)}}'
        $problems = @()
        try {
            # A line for each epoch, and one for the result.
            Invoke-CnnSweep -Path $PSScriptRoot -Task $Task -Threads $Threads -Verbose -ErrorAction Continue -ErrorVariable problems 4>&1 |
                ForEach-Object { "$(Get-Date -Format s) task ${Task}: $_" }
        }
        catch {
            $code = switch -Wildcard ($_.FullyQualifiedErrorId) { 'SweepInterrupted,*' { 75 } 'WriteFailed,*' { 74 } default { throw } }
            Write-Output "$(Get-Date -Format s) task ${Task}: $_"
            exit $code
        }

        if (-not $problems) { exit 0 }
        # Another process is training the trial: try again later, when it has a result or is free.
        exit ($problems[0].FullyQualifiedErrorId -like 'ResultsFileInUse,*' ? 75 : 1)

        """;

    private string SlurmScript(string tasks) => $$"""
        #!/bin/bash
        #SBATCH --job-name=cnn-sweep
        #SBATCH --array={{tasks}}
        #SBATCH --output="{{Folder.Replace("%", "%%", StringComparison.Ordinal)}}/logs/%A_%a.log"
        #SBATCH --open-mode=append
        #SBATCH --requeue{{TimeLines()}}{{(Threads == 0 ? "" : $"\n#SBATCH --cpus-per-task={Threads}")}}
        #
        # Each task trains one trial of the sweep and writes results/<id>.jsonl. Add the options that your cluster requires (--partition, --account, --mem), and
        # after these lines the commands that its nodes need first (module load ...). Start it with: sbatch job.sh

        sweep={{Quoted(Folder)}}
        [ -z "$SLURM_TMPDIR" ] || export TMPDIR="$SLURM_TMPDIR"
        export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off PSModuleAnalysisCachePath="${TMPDIR:-/tmp}/cnn-modules-$SLURM_JOB_ID"

        {{ShellWords()}} -NoProfile -NonInteractive -File "$sweep/{{TaskName}}" -Task "$SLURM_ARRAY_TASK_ID" -Threads "${SLURM_CPUS_PER_TASK:-0}" &
        task=$!

        # USR1 is the warning before the time limit. TERM comes from scancel, preemption or the system; its sender decides whether
        # the job runs again. In both cases the task writes a checkpoint and ends with 75.
        signal= ended=
        trap 'signal=USR1; kill -TERM "$task"' USR1
        trap 'signal=TERM; ended=1; kill -TERM "$task"' TERM
        while
            signal=
            wait "$task"
            code=$?
            [ -n "$signal" ]
        do :; done

        # 143: the signal came before PowerShell listened for it, and nothing was started.
        if { [ "$code" -eq 75 ] || [ "$code" -eq 143 ]; } && [ -z "$ended" ]; then
            echo "The task is requeued, and continues where it was interrupted."
            scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
        fi
        exit "$code"

        """.ReplaceLineEndings("\n");

    private string LocalScript(IReadOnlyList<int> tasks) => $$"""
        #!/bin/bash
        # Each task trains one trial of the sweep and writes results/<id>.jsonl. Start it with: bash job.sh
        # Several at a time, with GNU parallel:  parallel -j 4 bash job.sh ::: {{Words(tasks)}}
        # or with xargs:                         echo {{Words(tasks)}} | xargs -P 4 -n 1 bash job.sh
        # The threads below are those of one task. An interrupted task continues when it is started again.

        sweep={{Quoted(Folder)}}
        threads={{Threads}} # 0 for all processors
        export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off

        # The tasks given as arguments, or all of them.
        [ $# -gt 0 ] || set -- {{Words(tasks)}}

        # INT and TERM: the task writes a checkpoint and ends with 75, and no other task starts.
        ended= result=0
        for number; do
            {{ShellWords()}} -NoProfile -NonInteractive -File "$sweep/{{TaskName}}" -Task "$number" -Threads "$threads" &
            task=$!
            trap 'signal=1; ended=1; kill -TERM "$task" 2>/dev/null' INT TERM
            while
                signal=
                wait "$task"
                code=$?
                [ -n "$signal" ]
            do :; done
            [ "$code" -eq 0 ] || result=$code
            [ -z "$ended" ] || exit "$result"
        done
        exit "$result"

        """.ReplaceLineEndings("\n");

    private string TimeLines()
    {
        if (TimeLimit is not { } limit)
        {
            return "";
        }

        int minutes = (int)Math.Ceiling(limit.TotalMinutes);
        int warning = (int)Math.Min(MostWarning.TotalSeconds, limit.TotalSeconds / 3);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"\n#SBATCH --time={minutes / 1440}-{minutes / 60 % 24:D2}:{minutes % 60:D2}:00\n#SBATCH --signal=B:USR1@{warning}");
    }

    private string ShellWords() => string.Join(' ', Shell.Select(Quoted));

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Checksum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
