using System.Diagnostics;
using System.Management.Automation;
using System.Text.RegularExpressions;
using Cnn.Sweeps;

namespace Cnn.PowerShell.Tests;

public sealed class InvokeCnnSweepTests : IClassFixture<Session>, IDisposable
{
    private const string Four = "New-CnnSweep @{ LearningRate = 0.001, 0.003; BatchSize = 16, 32; Epochs = 1 } LeNet5 | ";
    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;

    public InvokeCnnSweepTests(Session session)
    {
        _session = session.WithMnist(train: 200, test: 100);
        _session.Set("path", Path);
    }

    private string Path => _folder.File("results.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Gives_a_result_for_each_trial_with_its_settings_as_properties()
    {
        Outcome outcome = _session.Run(Four + "Invoke-CnnSweep $train $test");
        Assert.Empty(outcome.Errors);
        Assert.Equal(4, outcome.Output.Count);
        Assert.All(outcome.Output, output =>
        {
            var result = (SweepResult)output.BaseObject;
            Assert.Equal(result.Id, output.Properties["Id"].Value);
            Assert.Equal(
                ["LeNet5", result.Trial.Integer("BatchSize"), 1, result.Trial.Number("LearningRate"), 1],
                new[] { "Preset", "BatchSize", "Epochs", "LearningRate", "Seed" }
                    .Select(name => output.Properties[name].Value is long number ? (int)number : output.Properties[name].Value));
            Assert.InRange(result.Accuracy!.Value, 0, 1);
            Assert.True(result.Loss > 0 && result.TrainingLoss > 0 && result.ImagesPerSecond > 0 && result.Duration > TimeSpan.Zero);
            Assert.Null(result.Error);
            Assert.False(result.IsFromFile);
        });
    }

    [Fact]
    public void A_trial_gives_what_Invoke_CnnTraining_gives_whatever_the_throttle()
    {
        Outcome outcome = _session.Run("""
            $trials = @(New-CnnSweep @{ LearningRate = 0.002; Epochs = 2; Initialization = 'He', 'Article' } LeNet5 -Seed 1..2) +
                @(New-CnnSweep @{ Convolution1Filters = 3, 4; Epochs = 1 } LeNet5)
            $alone = @{}
            $trials | ForEach-Object { $alone[$_.Id] = ($_ | Invoke-CnnTraining $train -ValidationData $test).Validation }
            1, 2, 4 | ForEach-Object { $trials | Invoke-CnnSweep $train $test -ThrottleLimit $_ } |
                ForEach-Object { $_.Accuracy -eq $alone[$_.Id].Accuracy -and $_.Loss -eq $alone[$_.Id].Loss }
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(Enumerable.Repeat(true, 18), outcome.Output.Select(output => (bool)output.BaseObject));
    }

    [Fact]
    public void What_is_in_the_results_file_is_not_trained_again()
    {
        SweepResult[] part = Results("New-CnnSweep @{ LearningRate = 0.001; BatchSize = 16, 32; Epochs = 1 } LeNet5 | Invoke-CnnSweep $train $test -Path $path");
        Assert.Equal(2, File.ReadAllLines(Path).Length);
        SweepResult[] whole = Results(Four + "Invoke-CnnSweep $train $test -Path $path");
        Assert.Equal(4, File.ReadAllLines(Path).Length);
        Assert.Equal([true, true, false, false], whole.Select(result => result.IsFromFile));
        Assert.Equal(part.Select(result => (result.Id, result.Accuracy, result.Duration)).Order(), whole[..2].Select(result => (result.Id, result.Accuracy, result.Duration)).Order());
        byte[] before = File.ReadAllBytes(Path);
        Assert.All(Results(Four + "Invoke-CnnSweep $train $test -Path $path"), result => Assert.True(result.IsFromFile));
        Assert.Equal(before, File.ReadAllBytes(Path));
        Assert.Equal([Path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_torn_last_line_is_told_and_its_trial_run_again()
    {
        Results(Four + "Invoke-CnnSweep $train $test -Path $path -ThrottleLimit 1");
        string[] lines = File.ReadAllLines(Path);
        File.WriteAllText(Path, string.Join('\n', lines[..3]) + "\n" + lines[3][..40]);
        Outcome outcome = _session.Run(Four + "Invoke-CnnSweep $train $test -Path $path -WarningVariable told; $told.Message");
        Assert.Empty(outcome.Errors);
        Assert.Equal([true, true, true, false], outcome.Output.Take(4).Select(output => ((SweepResult)output.BaseObject).IsFromFile));
        Assert.Contains("was torn", $"{Assert.Single(outcome.Output.Skip(4))}");
        Assert.Equal(4, ResultsFile.Read(Path).Count);
        Assert.Equal(lines[..3], File.ReadAllLines(Path)[..3]);
    }

    [Fact]
    public void A_trial_that_fails_is_an_error_and_a_result_and_the_others_go_on()
    {
        const string Command = "New-CnnSweep @{ LearningRate = 0.001, 1e30; BatchSize = 0, 32; Epochs = 2 } LeNet5 | Invoke-CnnSweep $train $test -Path $path";
        Outcome outcome = _session.Run(Command);
        Assert.Null(outcome.Terminating);
        Assert.Equal(4, outcome.Output.Count);
        SweepResult[] failed = [.. outcome.Output.Select(output => (SweepResult)output.BaseObject).Where(result => result.Error != null)];
        Assert.Equal(["TrainingDiverged", "TrainingOption", "TrainingOption"], failed.Select(result => result.ErrorId).Order());
        Assert.Equal(
            failed.Select(result => $"{result.ErrorId},Cnn.PowerShell.InvokeCnnSweepCommand").Order(), outcome.Errors.Select(error => error.FullyQualifiedErrorId).Order());
        Assert.All(outcome.Errors, error => Assert.Contains(((SweepResult)error.TargetObject).Id, error.Exception.Message));
        Assert.Equal(4, File.ReadAllLines(Path).Length);

        // Told once: from the file they are results, and no errors of this run.
        SweepResult[] again = Results(Command);
        Assert.Equal(3, again.Count(result => result.Error != null));
    }

    [Fact]
    public void Rows_of_a_table_are_trials_with_the_identifiers_of_New_CnnSweep()
    {
        Outcome outcome = _session.Run("""
            (New-CnnSweep @{ LearningRate = 0.002; BatchSize = 64; Epochs = 1 } LeNet5).Id
            ([pscustomobject]@{ BatchSize = '64'; preset = 'lenet5'; LearningRate = '2e-3'; Epochs = '1' } | Invoke-CnnSweep $train $test).Id
            (New-CnnSweep @{ Convolution1Filters = 3; Epochs = 1 } LeNet5).Id
            ([pscustomobject]@{ Preset = 'LeNet5'; Convolution1Filters = '3'; Epochs = '1' } | Invoke-CnnSweep $train $test).Id
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(outcome.Output[0].BaseObject, outcome.Output[1].BaseObject);
        Assert.Equal(outcome.Output[2].BaseObject, outcome.Output[3].BaseObject);
    }

    [Fact]
    public void What_is_no_trial_is_an_error_of_its_own()
    {
        Outcome outcome = _session.Run("""
            $model = New-CnnModel LeNet5 -Seed 1
            $null = $model | Invoke-CnnTraining $train -Epochs 1
            @{ Preset = 'LeNet5' }, 'LeNet5', [pscustomobject]@{ BatchSize = 32 }, [pscustomobject]@{ Preset = 'LeNet5'; LerningRate = 1 },
            [pscustomobject]@{ Preset = 'LeNet5'; BatchSize = 'x' }, [pscustomobject]@{ Preset = 'AlexNet' }, [pscustomobject]@{ Model = $model },
            [pscustomobject]@{ Model = New-CnnModel LeNet5; Convolution1Filters = 5 }, [pscustomobject]@{ Preset = 'LeNet5'; Epochs = 1 } |
                Invoke-CnnSweep $train $test
            """);
        Assert.Null(outcome.Terminating);
        Assert.Single(outcome.Output);
        Assert.Equal(
            ["SweepTrial", "SweepTrial", "SweepTrial", "SweepParameterUnknown", "SweepValue", "PresetUnknown", "SweepTrial", "SweepTrial"],
            outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
    }

    [Fact]
    public void Trials_whose_models_were_trained_meanwhile_begin_again()
    {
        Outcome outcome = _session.Run("""
            $trials = New-CnnSweep @{ Convolution1Filters = 3; Epochs = 1 } LeNet5
            $first = $trials | Invoke-CnnSweep $train $test
            $null = $trials | Invoke-CnnTraining $train
            $second = $trials | Invoke-CnnSweep $train $test
            $first.Id -eq $second.Id -and $first.Loss -eq $second.Loss
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(true, Assert.Single(outcome.Output).BaseObject);
    }

    [Fact]
    public void WhatIf_trains_nothing_and_touches_nothing()
    {
        Outcome nothing = _session.Run(Four + "Invoke-CnnSweep $train $test -Path $path -WhatIf");
        Assert.Empty(nothing.Output);
        Assert.Empty(Directory.GetFiles(_folder.Path));
        Results("New-CnnSweep @{ LearningRate = 0.001; BatchSize = 16; Epochs = 1 } LeNet5 | Invoke-CnnSweep $train $test -Path $path");
        File.AppendAllText(Path, "{torn");
        byte[] before = File.ReadAllBytes(Path);
        SweepResult known = Assert.Single(Results(Four + "Invoke-CnnSweep $train $test -Path $path -WhatIf"));
        Assert.True(known.IsFromFile);
        Assert.Equal(before, File.ReadAllBytes(Path));
    }

    [Theory]
    [InlineData("not json\n", "ResultsFileLine", ErrorCategory.InvalidData)]
    [InlineData("{}\n", "ResultsFileLine", ErrorCategory.InvalidData)]
    public void A_damaged_results_file_is_an_error_and_stays_as_it_is(string content, string errorId, ErrorCategory category)
    {
        File.WriteAllText(Path, content);
        ErrorRecord error = _session.Fails(Four + "Invoke-CnnSweep $train $test -Path $path", errorId, category);
        Assert.Contains($"Line 1 of '{Path}'", error.Exception.Message);
        Assert.Equal(content, File.ReadAllText(Path));
    }

    [Fact]
    public void Results_of_other_images_are_refused()
    {
        Results(Four + "Invoke-CnnSweep $train $test -Path $path");
        _session.Fails(Four + "Invoke-CnnSweep $test $test -Path $path", "ResultsFileImages", ErrorCategory.InvalidData);
    }

    [Theory]
    [InlineData("-Path (\"$path.folder/results.jsonl\")", "FolderNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("-Path 'Env:results'", "PathNotFileSystem", ErrorCategory.InvalidArgument)]
    [InlineData("-ThrottleLimit -1", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    public void Bad_arguments_are_errors(string arguments, string errorId, ErrorCategory category) =>
        _session.Fails(Four + $"Invoke-CnnSweep $train $test {arguments}", errorId, category);

    [Fact]
    public void Progress_is_a_bar_for_the_sweep_and_one_beneath_it_for_each_training()
    {
        _session.WithMnist(train: 20_000, test: 100);
        Outcome outcome = _session.Run("New-CnnSweep @{ BatchSize = 16, 32, 64; Epochs = 2 } Baseline | Invoke-CnnSweep $train $test -ThrottleLimit 2");
        Assert.Empty(outcome.Errors);
        ProgressRecord[] sweep = [.. outcome.Progress.Where(record => record.ParentActivityId < 0 && record.RecordType == ProgressRecordType.Processing)];
        ProgressRecord[] trials = [.. outcome.Progress.Where(record => record.ParentActivityId >= 0 && record.RecordType == ProgressRecordType.Processing)];
        Assert.NotEmpty(sweep);
        Assert.NotEmpty(trials);
        Assert.All(sweep, record => Assert.Matches("^[0-3] of 3 trials(, best accuracy [0-9.]+ %)?$", record.StatusDescription));
        Assert.Equal(sweep.Select(record => record.PercentComplete).Order(), sweep.Select(record => record.PercentComplete));
        Assert.All(trials, record =>
        {
            Assert.Equal(sweep[0].ActivityId, record.ParentActivityId);
            Assert.Contains("BatchSize=", record.Activity);
            Assert.StartsWith("epoch ", record.StatusDescription);
        });
        Assert.Equal(2, trials.Select(record => record.ActivityId).Distinct().Count());

        // Whatever was shown is taken off the screen.
        Assert.All(outcome.Progress.GroupBy(record => record.ActivityId), records => Assert.Equal(ProgressRecordType.Completed, records.Last().RecordType));
    }

    [Fact]
    public void Ctrl_C_stops_within_a_batch_and_what_was_finished_is_in_the_file()
    {
        _session.WithMnist(train: 10_000, test: 100);
        using (var shell = System.Management.Automation.PowerShell.Create(_session.Runspace))
        {
            IAsyncResult running = shell.AddScript(
                "@(New-CnnSweep @{ BatchSize = 32; Epochs = 1 } LeNet5 -Seed 1..2) + @(New-CnnSweep @{ BatchSize = 32, 64, 128; Epochs = 10000 } Baseline) | "
                + "Invoke-CnnSweep $train $test -Path $path -ThrottleLimit 1").BeginInvoke();
            long waiting = Stopwatch.GetTimestamp();
            while (!File.Exists(Path) || ResultsFile.Read(Path).Count < 2)
            {
                Assert.True(Stopwatch.GetElapsedTime(waiting) < TimeSpan.FromSeconds(120), "The sweep does not get on.");
                Thread.Sleep(20);
            }

            shell.Stop();
            Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
            Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        }

        Assert.Equal(2, ResultsFile.Read(Path).Count);
        Assert.Equal([Path], Directory.GetFiles(_folder.Path));
        Assert.Equal(
            [true, true, false],
            Results("New-CnnSweep @{ BatchSize = 32; Epochs = 1 } LeNet5 -Seed 1..3 | Invoke-CnnSweep $train $test -Path $path").Select(result => result.IsFromFile));
    }

    [Fact]
    public void Trials_that_are_worse_than_the_median_end_early_and_stay_so_in_the_file()
    {
        const string Trials = "New-CnnSweep ([ordered]@{ Epochs = 3; LearningRate = 0.003, 1e-7 }) Baseline -Seed 1..3";
        SweepResult[] results = Results($"{Trials} | Invoke-CnnSweep $train $test -Path $path -ThrottleLimit 1 -Prune -PruningTrialCount 3");
        Assert.Equal([false, false, false, true, true, true], results.Select(result => result.IsPruned));
        Assert.Equal([3, 3, 3, 1, 1, 1], results.Select(result => result.EpochAccuracies.Count));
        Assert.All(results, result => Assert.Equal(result.Accuracy, result.EpochAccuracies[^1]));
        Assert.Contains("pruned after epoch 1: Preset=Baseline", Regex.Replace(_session.Show($"{Trials} | Invoke-CnnSweep $train $test -Path $path | ForEach-Object {{ if ($_.IsPruned) {{ $_ }} }}"), @"\s+", " "));

        // What was ended early is not run again, and what came to its end is what it is without.
        SweepResult[] again = Results($"{Trials} | Invoke-CnnSweep $train $test -Path $path");
        Assert.All(again, result => Assert.True(result.IsFromFile));
        Assert.Equal(results.Select(result => (result.Id, result.IsPruned, result.Accuracy)), again.Select(result => (result.Id, result.IsPruned, result.Accuracy)));
        Assert.Equal(results.Select(result => string.Join(' ', result.EpochAccuracies)), again.Select(result => string.Join(' ', result.EpochAccuracies)));
        SweepResult[] whole = Results($"{Trials} | Invoke-CnnSweep $train $test -ThrottleLimit 1");
        Assert.Equal(results.Take(3).Select(result => (result.Id, result.Loss)), whole.Take(3).Select(result => (result.Id, result.Loss)));
        Assert.Equal(results.Select(result => result.EpochAccuracies[0]), whole.Select(result => result.EpochAccuracies[0]));
    }

    [Theory]
    [InlineData("-PruningTrialCount 3", "PruneRequired", ErrorCategory.InvalidArgument)]
    [InlineData("-PruningEpochCount 2", "PruneRequired", ErrorCategory.InvalidArgument)]
    [InlineData("-Prune -PruningTrialCount 0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    public void Settings_of_pruning_are_errors_where_nothing_is_pruned(string arguments, string errorId, ErrorCategory category) =>
        _session.Fails($"New-CnnSweep @{{ Epochs = 1 }} Baseline | Invoke-CnnSweep $train $test {arguments}", errorId, category);

    [Fact]
    public void Results_are_shown_with_figures_and_settings_on_80_columns()
    {
        string[] lines = [.. _session.Show("New-CnnSweep @{ LearningRate = 0.00025; BatchSize = 32; Epochs = 1 } LeNet5 | Invoke-CnnSweep $train $test")
            .Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        Assert.Equal(["Id", "Accuracy", "Loss", "Time", "Training", "Settings"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("Loss", lines[1].Trim());
        Assert.Matches(@"^[0-9a-f]{12} +[0-9.]+ % +[0-9.]+ +00:0[0-9.]+ +[0-9.]+ Preset=LeNet5 BatchSize=32$", lines[3]);
        Assert.Equal("Epochs=1 LearningRate=0.00025", lines[4].Trim());
        Assert.Equal("Seed=1", lines[5].Trim());
        Assert.All(lines, line => Assert.True(line.Length <= 80 && !line.Contains('…'), line));
    }

    private SweepResult[] Results(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        return [.. outcome.Output.Select(output => (SweepResult)output.BaseObject)];
    }
}
