using System.Diagnostics;
using Cnn.Sweeps;
using Cnn.Training;

namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>Several processes at once do not hurt each other, and none removes what another one is writing.</summary>
public sealed class SeveralProcessesTests : IClassFixture<Session>, IDisposable
{
    private const string Model = "& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 50 } | New-CnnModel -InputShape 1, 28, 28 -Seed ";

    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;

    public SeveralProcessesTests(Session session)
    {
        _session = session;
        _session.Set("folder", _folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_that_export_the_same_file_again_and_again_leave_one_of_theirs()
    {
        _session.Run($"1, 2 | ForEach-Object {{ {Model}$_ | Export-CnnModel \"$folder/reference$_\" }}");
        byte[][] good = [File.ReadAllBytes(_folder.File("reference1")), File.ReadAllBytes(_folder.File("reference2"))];
        Together(
            number => $"$model = {Model}{number}",
            number => "1..60 | ForEach-Object { $model | Export-CnnModel shared.safetensors -Force; $null = Import-CnnModel shared.safetensors }");
        byte[] left = File.ReadAllBytes(_folder.File("shared.safetensors"));
        Assert.Contains(good, file => file.AsSpan().SequenceEqual(left));
        Assert.Equal(["reference1", "reference2", "shared.safetensors"], Names());
    }

    [Fact]
    public void Of_two_that_export_the_same_new_files_each_is_written_by_one()
    {
        string[] written = Together(
            number => $"$model = {Model}{number}",
            number => """
                $written = 0
                1..40 | ForEach-Object {
                    try { $model | Export-CnnModel "new$_" -ErrorAction Stop; $written++ }
                    catch { if ($_.FullyQualifiedErrorId -notlike 'FileExists,*') { throw } }
                }
                $written
                """);
        Assert.Equal(40, written.Sum(int.Parse));
        Assert.Equal(40, Names().Length);
    }

    [Fact]
    public void Of_two_that_sweep_into_one_file_one_waits_its_turn_and_every_trial_is_trained_once()
    {
        Together(
            number => "$train = Import-Mnist -First 200; $test = Import-Mnist -Skip 200 -First 100",
            number => """
                foreach ($last in 10, 20, 30) {
                    do {
                        try {
                            $null = New-CnnSweep @{ LearningRate = 1..$last | ForEach-Object { $_ / 10000 }; Epochs = 1 } Baseline |
                                Invoke-CnnSweep $train $test -Path results.jsonl -ErrorAction Stop
                            $isDone = $true
                        }
                        catch {
                            if ($_.FullyQualifiedErrorId -notlike 'ResultsFileInUse,*') { throw }
                            $isDone = $false
                            [Threading.Thread]::Sleep(20)
                        }
                    } until ($isDone)
                }
                """);
        Assert.Equal(30, ResultsFile.Read(_folder.File("results.jsonl")).Count);
        Assert.Equal(30, File.ReadAllLines(_folder.File("results.jsonl")).Length);
        Assert.Equal(["results.jsonl"], Names());
    }

    [Fact]
    public void Where_locks_are_not_to_be_had_only_what_is_a_day_old_is_taken_for_a_leftover()
    {
        string old = _folder.File($".cnn-{Guid.NewGuid():N}.tmp");
        string young = _folder.File($".cnn-{Guid.NewGuid():N}.tmp");
        File.WriteAllText(old, "");
        File.WriteAllText(young, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-25));
        (int exitCode, _, string errors) = PwshProcess.RunCommand(
            _folder.Path, [new("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "true")], $"{Model}1 | Export-CnnModel model.safetensors");
        Assert.True(exitCode == 0, errors);

        // Windows locks in any case.
        Assert.Equal(OperatingSystem.IsWindows() ? ["model.safetensors"] : [Path.GetFileName(young), "model.safetensors"], Names());
    }

    [Fact]
    public void A_training_with_nothing_left_to_do_tidies_its_folder_too()
    {
        const string Training = "Invoke-CnnTraining (Import-Mnist -First 100) -Preset Baseline -Seed 1 -Epochs 1 -CheckpointPath \"$folder/run\" -CheckpointInterval 7 -Resume";
        _session.Single<TrainingResult>(Training);
        File.WriteAllText(_folder.File($"run/.cnn-{Guid.NewGuid():N}.tmp"), "half of a checkpoint");
        Assert.Equal(TrainingOutcome.Completed, _session.Single<TrainingResult>(Training).Outcome);
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.File("run")).Length);
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(_folder.Path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    /// <summary>Runs two shells whose work begins when both are ready for it, and gives what they write.</summary>
    private string[] Together(Func<int, string> prepare, Func<int, string> work)
    {
        string go = _folder.File("go");
        Process[] processes =
        [
            .. new[] { 1, 2 }.Select(number => PwshProcess.StartCommand(
                _folder.Path,
                [],
                $"$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; {prepare(number)}; 'ready'; while (-not [IO.File]::Exists('{go}')) {{ [Threading.Thread]::Sleep(1) }}\n{work(number)}")),
        ];
        try
        {
            Task<string>[] errors = [.. processes.Select(process => process.StandardError.ReadToEndAsync())];
            Assert.All(processes, process => Assert.Equal("ready", process.StandardOutput.ReadLine()));
            File.WriteAllText(go, "");
            string[] outputs = [.. processes.Select(process => process.StandardOutput.ReadToEnd())];
            Assert.All(processes.Zip(errors), pair =>
            {
                pair.First.WaitForExit();
                Assert.True(pair.First.ExitCode == 0 && pair.Second.Result.Length == 0, pair.Second.Result);
            });
            File.Delete(go);
            return outputs;
        }
        finally
        {
            foreach (Process process in processes)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }
}
