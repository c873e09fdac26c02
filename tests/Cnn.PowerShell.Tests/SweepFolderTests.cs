using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.InteropServices;
using Cnn.Sweeps;

namespace Cnn.PowerShell.Tests;

/// <summary>Sweeps in a folder: exported, run task by task, interrupted, imported.</summary>
public sealed class SweepFolderTests : IClassFixture<Session>, IDisposable
{
    private const string Trials = "(@(New-CnnSweep @{ LearningRate = 0.001, 0.003; Epochs = 2 } LeNet5) + @(New-CnnSweep @{ Convolution1Filters = 3; Epochs = 1 } LeNet5))";
    private const string Export = Trials + " | Export-CnnSweep $path $train $test ";
    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;

    public SweepFolderTests(Session session)
    {
        _session = session.WithMnist(train: 200, test: 100);
        _session.Set("path", Path);
        _session.Set("folder", _folder.Path);
    }

    private string Path => _folder.File("sweep [1]");

    private string Job => System.IO.Path.Combine(Path, "job.sh");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tasks_come_to_what_one_machine_comes_to_and_are_imported_as_the_same_objects()
    {
        Quietly(Export);
        SweepResult[] together = Results($"{Trials} | Invoke-CnnSweep $train $test");
        SweepResult[] tasks = Results("1..3 | ForEach-Object { Invoke-CnnSweep -Path $path -Task $_ }");
        SweepResult[] imported = Results("Import-CnnSweep $path");
        Assert.Equal(3, imported.Length);
        Assert.Equal(Bits(together).Order(), Bits(tasks).Order());
        Assert.Equal(Bits(tasks), Bits(imported));
        Assert.All(tasks, result => Assert.False(result.IsFromFile));
        Assert.All(imported, result => Assert.True(result.IsFromFile));
        Assert.All(imported, result => Assert.Equal(_session.Single<string>("(Get-CnnDevice).Kernels"), result.Kernels));
        Assert.Equal(0.003, _session.Single<double>("(Import-CnnSweep $path)[1].LearningRate"));
        Assert.Empty(Directory.GetDirectories(System.IO.Path.Combine(Path, "checkpoints")));
        Assert.Equal(3, Directory.GetFiles(System.IO.Path.Combine(Path, "results")).Length);

        // Started twice, a task finds its result; and nothing is counted twice.
        Assert.True(Assert.Single(Results("Invoke-CnnSweep -Path $path -Task 2")).IsFromFile);
        Assert.Equal(Bits(tasks), Bits(Results("Invoke-CnnSweep -Path $path")));
        Assert.Equal(3, Directory.GetFiles(System.IO.Path.Combine(Path, "results")).Sum(file => File.ReadAllLines(file).Length));
    }

    [Fact]
    public void What_is_missing_or_failed_is_told_and_exported_again_and_one_machine_goes_on_with_it()
    {
        const string Failing = "(" + Trials + " + @(New-CnnSweep @{ LearningRate = 1e30; Epochs = 1 } LeNet5))";
        const string Again = Failing + " | Export-CnnSweep $path $train $test -Scheduler Slurm -TimeLimit 2:30:00 -Threads 4";
        Quietly(Again);
        Assert.Contains("\n#SBATCH --array=1-4\n", File.ReadAllText(Job));
        Results("Invoke-CnnSweep -Path $path -Task 2");
        Outcome failed = _session.Run("Invoke-CnnSweep -Path $path -Task 4");
        Assert.StartsWith("TrainingDiverged,", Assert.Single(failed.Errors).FullyQualifiedErrorId);

        Outcome outcome = _session.Run("$results = Import-CnnSweep $path -WarningVariable told; $told.Message; $results.Count; (Import-CnnSweep $path -Missing).Id");
        string told = $"{outcome.Output[0]}";
        Assert.Contains("1 of 4 trials", told);
        Assert.Contains("Missing: tasks 1,3", told);
        Assert.Contains("Failed: task 4 with TrainingDiverged (The loss is not finite", told);
        Assert.Equal(2, outcome.Output[1].BaseObject);
        Assert.Equal(_session.Run($"{Failing}.Id").Output.Select(id => $"{id}").Where((_, index) => index != 1), outcome.Output.Skip(2).Select(id => $"{id}"));

        Quietly(Again);
        string script = File.ReadAllText(Job);
        Assert.Contains("\n#SBATCH --array=1,3-4\n", script);
        Assert.Contains("\n#SBATCH --time=0-02:30:00\n#SBATCH --signal=B:USR1@120\n#SBATCH --cpus-per-task=4\n", script);

        // New trials are added after the others, whose numbers stay.
        Quietly("New-CnnSweep @{ BatchSize = 64; Epochs = 1 } LeNet5 | Export-CnnSweep $path $train $test");
        Assert.Contains("set -- 1 {3..5}\n", File.ReadAllText(Job));

        Outcome rest = _session.Run("Invoke-CnnSweep -Path $path");
        Assert.Equal([true, false, false, false, false], rest.Output.Select(output => (SweepResult)output.BaseObject).Select(result => result.IsFromFile).OrderDescending());
        Assert.StartsWith("TrainingDiverged,", Assert.Single(rest.Errors).FullyQualifiedErrorId);
        _session.Run("Remove-Item -LiteralPath $path/job.sh");
        Quietly("New-CnnSweep @{ BatchSize = 64; Epochs = 1 } LeNet5 | Export-CnnSweep $path $train $test");
        Assert.Contains("set -- 4\n", File.ReadAllText(Job));
    }

    [Fact]
    public void An_export_touches_nothing_under_WhatIf_and_no_changed_script_without_Force()
    {
        Quietly(Export + "-WhatIf");
        Assert.False(Directory.Exists(Path));
        Quietly(Export);
        Quietly(Export + "-Scheduler Slurm");
        File.AppendAllText(Job, "# mine\n");
        ErrorRecord error = _session.Fails(Export, "SweepScriptChanged", ErrorCategory.ResourceExists);
        Assert.Contains(Job, error.Exception.Message);
        Assert.EndsWith("# mine\n", File.ReadAllText(Job));
        Quietly(Export + "-Force");
        Assert.DoesNotContain("# mine", File.ReadAllText(Job));
    }

    [Theory]
    [InlineData(Export + "-TimeLimit 1:00:00", "SweepTimeLimit", ErrorCategory.InvalidArgument)]
    [InlineData(Export + "-Scheduler Slurm -TimeLimit 90", "SweepTimeLimit", ErrorCategory.InvalidArgument)]
    [InlineData(Export + "-Kernels avx1024", "KernelsUnknown", ErrorCategory.InvalidArgument)]
    [InlineData(Trials + " | Export-CnnSweep \"$path/no/folder\" $train $test", "FolderNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData(Trials + " | Export-CnnSweep $folder $train $test", "FolderNotEmpty", ErrorCategory.ResourceExists)]
    [InlineData("Import-CnnSweep $folder", "SweepFolderNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Invoke-CnnSweep -Path $folder", "SweepFolderNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Invoke-CnnSweep -Path $path -Task 4", "SweepTaskNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Invoke-CnnSweep -Path $path -Prune", "SweepFolderPrune", ErrorCategory.InvalidArgument)]
    [InlineData("Invoke-CnnSweep -Path $path -Task 1 -PruningEpochCount 2", "SweepFolderPrune", ErrorCategory.InvalidArgument)]
    [InlineData(Trials + " | Export-CnnSweep $path $test $train", "SweepFolderImages", ErrorCategory.InvalidArgument)]
    [InlineData(Export + "-Kernels scalar", "SweepFolderKernels", ErrorCategory.InvalidArgument)]
    public void Bad_arguments_are_errors(string command, string errorId, ErrorCategory category)
    {
        Quietly(Export);
        _session.Fails(command, errorId, category);
    }

    [Fact]
    public void Damage_in_the_folder_is_an_error_that_names_the_file()
    {
        Quietly(Export);
        Results("Invoke-CnnSweep -Path $path");
        string[] results = [.. Directory.GetFiles(System.IO.Path.Combine(Path, "results"))];
        File.WriteAllText(results[0], "no result\n");
        Outcome outcome = _session.Run("Import-CnnSweep $path -WarningAction Ignore");
        Assert.Equal(2, outcome.Output.Count);
        Assert.Contains(results[0], Assert.Single(outcome.Errors).Exception.Message);

        string images = System.IO.Path.Combine(Path, "training.safetensors");
        byte[] bytes = File.ReadAllBytes(images);
        bytes[^1] ^= 1;
        File.WriteAllBytes(images, bytes);
        File.Delete(results[0]);
        _session.Fails("Invoke-CnnSweep -Path $path", "SweepFolderImages", ErrorCategory.InvalidData);

        string trials = System.IO.Path.Combine(Path, "trials.jsonl");
        File.WriteAllText(trials, File.ReadAllText(trials).Replace("0.003", "0.004"));
        Assert.Contains(trials, _session.Fails("Import-CnnSweep $path", "SweepFolderFormat", ErrorCategory.InvalidData).Exception.Message);
    }

    [Fact]
    public void Kernels_are_pinned_and_recorded()
    {
        Quietly(Export + "-Kernels scalar");
        SweepResult scalar = Assert.Single(Results("Invoke-CnnSweep -Path $path -Task 1"));
        SweepResult plain = Assert.Single(Results("New-CnnSweep @{ LearningRate = 0.001; Epochs = 2 } LeNet5 | Invoke-CnnSweep $train $test -Kernels scalar"));
        Assert.Equal("scalar", scalar.Kernels);
        Assert.Equal(scalar.ParameterChecksum, plain.ParameterChecksum);
        Assert.Equal("scalar", Assert.Single(Results("Import-CnnSweep $path -WarningAction Ignore")).Kernels);
        _session.Fails("New-CnnSweep @{ Epochs = 1 } LeNet5 | Invoke-CnnSweep $train $test -Kernels x", "KernelsUnknown", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void Results_of_different_kernels_are_warned_of()
    {
        Quietly(Export);
        Results("Invoke-CnnSweep -Path $path");
        string file = Directory.GetFiles(System.IO.Path.Combine(Path, "results"))[0];
        string kernels = _session.Single<string>("(Get-CnnDevice).Kernels");
        File.WriteAllText(file, File.ReadAllText(file).Replace($"\"kernels\":\"{kernels}\"", "\"kernels\":\"other\""));
        Assert.Contains("different kernels", _session.Single<string>("$null = Import-CnnSweep $path -WarningVariable told; $told.Message"));
        Assert.Contains("different kernels", _session.Single<string>("$null = Invoke-CnnSweep -Path $path -WarningVariable told; $told.Message"));
    }

    [Fact]
    public void A_line_tells_of_each_epoch()
    {
        Quietly(Export);
        Outcome outcome = _session.Run("Invoke-CnnSweep -Path $path -Task 1 -Verbose");
        Assert.Equal(["epoch 1", "epoch 2"], outcome.Verbose.Select(record => record.Message).Where(message => message.Contains(" epoch ")).Select(message => message.Split(' ', 2)[1].Split(':')[0]));
    }

    [Fact]
    public void A_task_that_is_told_to_end_goes_on_to_the_same_bits_and_is_not_run_twice_at_a_time()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _session.WithMnist(train: 2000, test: 100);
        const string Long = "New-CnnSweep @{ Epochs = 40 } LeNet5 | ";
        Quietly(Long + "Export-CnnSweep $path $train $test");
        using (Process task = StartTask())
        {
            WaitFor(() => Checkpoints().Any(name => name.StartsWith("epoch-0002", StringComparison.Ordinal)), task);
            Outcome other = _session.Run("Invoke-CnnSweep -Path $path -Task 1");
            Assert.StartsWith("ResultsFileInUse,", Assert.Single(other.Errors).FullyQualifiedErrorId);
            Assert.Empty(other.Output);
            Assert.Equal(0, Kill(task.Id, 15));
            Assert.True(task.WaitForExit(60_000));
            Assert.Equal(75, task.ExitCode);
        }

        Assert.Empty(_session.Run("Import-CnnSweep $path -WarningAction Ignore").Output);
        Assert.NotEmpty(Checkpoints());

        // In the middle of an epoch too, by a kill that nobody can prepare for.
        using (Process task = StartTask())
        {
            string[] before = Checkpoints();
            WaitFor(() => !Checkpoints().SequenceEqual(before), task);
            task.Kill();
            task.WaitForExit();
        }

        SweepResult interrupted = Assert.Single(Results("Invoke-CnnSweep -Path $path -Task 1"));
        SweepResult whole = Assert.Single(Results(Long + "Invoke-CnnSweep $train $test"));
        Assert.Equal(Bits([whole]), Bits([interrupted]));
        Assert.Equal(40, interrupted.EpochAccuracies.Count);
        Assert.Empty(Directory.GetDirectories(System.IO.Path.Combine(Path, "checkpoints")));
    }

    [Fact]
    public void A_damaged_checkpoint_costs_time_and_no_bits()
    {
        Quietly(Export);
        SweepResult whole = Assert.Single(Results("New-CnnSweep @{ LearningRate = 0.001; Epochs = 2 } LeNet5 | Invoke-CnnSweep $train $test"));
        string checkpoints = System.IO.Path.Combine(Path, "checkpoints", $"{whole.Id}-{whole.Kernels}");
        Directory.CreateDirectory(checkpoints);
        File.WriteAllText(System.IO.Path.Combine(checkpoints, "epoch-0001.safetensors"), "damaged");
        Assert.Equal(Bits([whole]), Bits(Results("Invoke-CnnSweep -Path $path -Task 1")));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private static void WaitFor(Func<bool> condition, Process process)
    {
        long begin = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.False(process.HasExited, "The task has ended.");
            Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(120), "The task does not get on.");
            Thread.Sleep(5);
        }
    }

    private static IEnumerable<(string, long?, long?, string?)> Bits(IEnumerable<SweepResult> results) =>
        results.Select(result => (result.Id, Bits(result.Accuracy), Bits(result.Loss), result.ParameterChecksum));

    private static long? Bits(double? number) => number is { } value ? BitConverter.DoubleToInt64Bits(value) : null;

    private Process StartTask() => PwshProcess.StartFile(_folder.Path, System.IO.Path.Combine(Path, "task.ps1"), "-Task", "1");

    private string[] Checkpoints() =>
        [.. Directory.GetFiles(System.IO.Path.Combine(Path, "checkpoints"), "epoch-*", SearchOption.AllDirectories).Select(path => System.IO.Path.GetFileName(path)).Order()];

    private void Quietly(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Output);
    }

    private SweepResult[] Results(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        return [.. outcome.Output.Select(output => (SweepResult)output.BaseObject)];
    }
}
