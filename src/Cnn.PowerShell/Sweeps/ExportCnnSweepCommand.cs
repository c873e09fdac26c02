using System.Management.Automation;
using Cnn.Data;
using Cnn.Sweeps;

namespace Cnn.PowerShell;

/// <summary>Export-CnnSweep: writes a sweep into a folder, to run its trials as separate tasks, on Slurm or on this machine.</summary>
[Cmdlet(VerbsData.Export, "CnnSweep", SupportsShouldProcess = true)]
public sealed class ExportCnnSweepCommand : CnnCommand
{
    private static readonly TimeSpan LeastTimeLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MostTimeLimit = TimeSpan.FromDays(365);

    private readonly List<SweepTrial> _trials = [];

    /// <summary>The folder; wildcards are not expanded.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The training images.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The images that trials are compared on.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [LiveObject]
    public ImageSet ValidationData { get; set; } = null!;

    /// <summary>A trial from New-CnnSweep.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject[] Trial { get; set; } = [];

    /// <summary>The scheduler of the tasks.</summary>
    [Parameter]
    public SweepScheduler Scheduler { get; set; }

    /// <summary>How long Slurm lets a task run before it is interrupted and requeued.</summary>
    [Parameter]
    public TimeSpan TimeLimit { get; set; }

    /// <summary>The number of threads of a task; 0 for all processors that it is given.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, 1024)]
    public int Threads { get; set; }

    /// <summary>The kernels that train all trials.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(KernelsCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Kernels { get; set; }

    /// <summary>Writes into a folder that already has other files, and replaces a job script that was changed.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Require(() =>
    {
        if (!MyInvocation.BoundParameters.ContainsKey(nameof(TimeLimit)))
        {
            return;
        }

        if (Scheduler != SweepScheduler.Slurm)
        {
            throw new CnnException(
                "SweepTimeLimit", CnnErrorKind.InvalidArgument, "-TimeLimit is a limit of Slurm, but the tasks run on this machine: add -Scheduler Slurm, or leave it out.")
            { Target = TimeLimit };
        }

        if (TimeLimit < LeastTimeLimit || TimeLimit > MostTimeLimit)
        {
            throw new CnnException(
                "SweepTimeLimit",
                CnnErrorKind.InvalidArgument,
                $"-TimeLimit is {TimeLimit}. Slurm counts in minutes: write hours, minutes and seconds, at least 0:01:00 and at most 365 days, for instance 1:30:00 for an hour and a half.")
            { Target = TimeLimit };
        }
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject row in Trial)
        {
            Attempt(() => _trials.Add(SweepTrial.Of(row)));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
    {
        string path = System.IO.Path.TrimEndingDirectorySeparator(FileSystemPath.Literal(this, Path));
        CheckPath(path);
        string job = System.IO.Path.Combine(path, SweepJob.JobName);
        bool isAgain = SweepFolder.IsSweep(path);
        if (!ShouldProcess(path, $"{(isAgain ? "Add to" : "Write")} a sweep of {_trials.Count} trials for {Scheduler}"))
        {
            return;
        }

        CheckScript(job);
        SweepFolder folder = SweepFolder.Write(path, _trials.Select(trial => (trial.Trial, trial.Network)), Data, ValidationData, Kernels, Force);
        int[] tasks = [.. folder.Trials.Where(trial => folder.ResultOf(trial.Trial) is not { Error: null }).Select(trial => trial.Task)];
        if (tasks.Length == 0)
        {
            WriteWarning($"All {folder.Trials.Count} trials in '{path}' have a result: there is nothing to run. Import-CnnSweep reads them.");
            return;
        }

        SweepJob scripts = new(folder.Path, ManifestPath(), ShellWords(), Scheduler, MyInvocation.BoundParameters.ContainsKey(nameof(TimeLimit)) ? TimeLimit : null, Threads);
        folder.WriteScript(SweepJob.TaskName, scripts.TaskScript());
        folder.WriteScript(SweepJob.JobName, scripts.JobScript(tasks));
        WriteVerbose($"{tasks.Length} of {folder.Trials.Count} trials are to be run: tasks {SweepJob.Ranges(tasks)}.");
    });

    /// <summary>Slurm reads the path of the logs from a comment in the script.</summary>
    private void CheckPath(string path)
    {
        if (path.AsSpan().ContainsAny('"', '\\', '\n') && Scheduler == SweepScheduler.Slurm)
        {
            throw new CnnException(
                "SweepFolderName", CnnErrorKind.InvalidArgument, $"The path '{path}' contains a quotation mark, a backslash or a line end, which is not possible in a Slurm job script: choose another folder.")
            { Target = path };
        }
    }

    /// <summary>Changes that somebody made to the script are not silently lost.</summary>
    private void CheckScript(string job)
    {
        if (!Force && File.Exists(job) && SweepFolder.IsSweep(System.IO.Path.GetDirectoryName(job)!) && SweepJob.IsChanged(File.ReadAllText(job)))
        {
            throw new CnnException(
                "SweepScriptChanged",
                CnnErrorKind.AlreadyExists,
                $"'{job}' was changed after it was exported. Rename it, or allow replacing it (-Force).")
            { Target = job };
        }
    }

    private string ManifestPath() => System.IO.Path.Combine(MyInvocation.MyCommand.Module?.ModuleBase ?? System.IO.Path.GetDirectoryName(typeof(ExportCnnSweepCommand).Assembly.Location)!, "Cnn.psd1");

    /// <summary>The PowerShell of this session, if its path is known; otherwise the one that a shell finds.</summary>
    private static IReadOnlyList<string> ShellWords()
    {
        string process = Environment.ProcessPath ?? "";
        string library = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(typeof(PSObject).Assembly.Location)!, "pwsh.dll");
        return System.IO.Path.GetFileNameWithoutExtension(process) == "pwsh" ? [process]
            : File.Exists(library) && System.IO.Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, library]
            : ["pwsh"];
    }
}
