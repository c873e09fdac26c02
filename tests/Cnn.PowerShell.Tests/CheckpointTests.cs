using System.Collections;
using System.Management.Automation;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Trainings that are kept, stopped and go on.</summary>
public sealed class CheckpointTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public CheckpointTests(Session session)
    {
        _session = session.WithMnist(train: 320, test: 100);
        _session.Set("folder", _folder.File("run"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void After_Ctrl_C_in_an_epoch_a_training_goes_on_to_the_same_bits_as_one_that_was_never_stopped()
    {
        _session.WithMnist(train: 4_000, test: 100);
        const string Training = "Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 6 -Epochs 8 -BatchSize 16";
        string run = _folder.File("run");
        TrainingResult stopped = Stop(
            $"{Training} -CheckpointPath $folder -Resume -OutVariable soFar", () => File.Exists(Path.Combine(run, "epoch-0001.safetensors")), "soFar");
        Assert.True(stopped.IsStopped);
        Assert.Equal(TrainingOutcome.Stopped, stopped.Outcome);
        Assert.InRange(stopped.History.Losses.Count, 250, 8 * 250 - 1);
        Assert.True(stopped.Model.IsTrained);

        // A warning says where it stopped and which command continues; with another number of threads, as nobody should notice that.
        int before = stopped.History.Losses.Count;
        string warning = Assert.Single(_session.Shown.Split('\n'), line => line.Contains("stopped"));
        int epoch = stopped.History.Epochs.Count;
        Assert.StartsWith($"The training of Baseline was stopped in epoch {epoch + 1} of 8, after batch {before - (250 * epoch)} of 250.", warning);
        Assert.Contains(Files()[^1], warning);
        string command = warning[(warning.IndexOf(", run: ", StringComparison.Ordinal) + 7)..];
        Assert.Equal($"Invoke-CnnTraining -Data $train -ValidationData $test -CheckpointPath '{run}' -Resume", command);
        TrainingResult resumed = _session.Single<TrainingResult>($"{command} -Threads 1");
        TrainingResult whole = _session.Single<TrainingResult>(Training);
        Assert.Equal(TrainingOutcome.Completed, resumed.Outcome);
        Assert.Equal(whole.History.Losses, resumed.History.Losses);
        Assert.Equal(whole.History.Losses.Take(before), stopped.History.Losses);
        Assert.Equal(
            whole.History.Epochs.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.ValidationAccuracy, epoch.ValidationLoss)),
            resumed.History.Epochs.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.ValidationAccuracy, epoch.ValidationLoss)));
        Assert.Equal(Parameters(whole.Model), Parameters(resumed.Model));
        Assert.Equal(Enumerable.Range(0, 9).Select(epoch => $"epoch-000{epoch}.safetensors"), Files());

        // And once more has nothing left to do.
        TrainingResult again = _session.Single<TrainingResult>($"{Training} -CheckpointPath $folder -Resume");
        Assert.Equal(Parameters(whole.Model), Parameters(again.Model));
    }

    [Fact]
    public void What_is_stopped_is_added_to_a_variable_that_has_results_already()
    {
        _session.Run("$all = @(); $null = New-CnnModel Baseline | Invoke-CnnTraining $train -Epochs 1 -OutVariable all");
        int batches = 0;
        TrainingResult stopped = Stop(
            "New-CnnModel Baseline | Invoke-CnnTraining $train -Epochs 100000 -CheckpointPath $folder -OutVariable +all | ForEach-Object { throw 'No object comes.' }",
            () => File.Exists(Path.Combine(_folder.File("run"), "epoch-0001.safetensors")) && ++batches > 3,
            "all");
        Assert.Equal(2, _session.Get<ArrayList>("all").Count);
        Assert.True(stopped.IsStopped);
        Assert.Contains("stopped", _session.Show("$all[-1]"));
    }

    [Theory]
    [InlineData("-WarningAction SilentlyContinue")]
    [InlineData("-WarningVariable +warnings", "-CheckpointPath and -Resume")]
    public void The_warning_of_a_training_that_was_stopped_obeys_its_parameters(string arguments, string? told = null)
    {
        _session.Run("$warnings = [Collections.ArrayList]::new()");
        _session.Show("$null");
        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        using var isUnderWay = new ManualResetEventSlim();
        shell.Streams.Progress.DataAdded += (_, _) => isUnderWay.Set();
        IAsyncResult running = shell.AddScript($"New-CnnModel Baseline | Invoke-CnnTraining $train -Epochs 100000 {arguments}").BeginInvoke();
        Assert.True(isUnderWay.Wait(TimeSpan.FromSeconds(60)), "The training does not show that it began.");
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Equal(told != null, _session.Shown.Contains("was stopped"));
        Assert.Equal(told ?? "", told == null ? "" : $"{_session.Get<ArrayList>("warnings")[0]}".Contains(told) ? told : "nothing of it");
    }

    [Fact]
    public void A_count_keeps_the_latest_checkpoints_and_the_best_one_and_each_is_a_model()
    {
        TrainingResult result = _session.Single<TrainingResult>(
            "Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 3 -LearningRate 0.02 -Epochs 9 -CheckpointPath $folder -CheckpointCount 2 -CheckpointInterval 3");
        int best = result.BestEpoch!.Value;
        int[] kept = [.. new[] { best, 8, 9 }.Distinct().Order()];
        Assert.Equal(kept.Select(epoch => $"epoch-000{epoch}.safetensors"), Files());
        Cnn.Evaluation.AccuracyReport measured = _session.Single<Cnn.Evaluation.AccuracyReport>($"Import-CnnModel $folder/epoch-000{best}.safetensors | Measure-CnnAccuracy $test");
        Assert.Equal(result.History.Epochs[best - 1].ValidationLoss, measured.Loss);
        Assert.Equal(Path.Combine(_folder.File("run"), $"epoch-000{best}.safetensors"), ((Model)measured.Model).Path);
        _session.Fails("Invoke-CnnTraining $train -CheckpointPath $folder -ResumeEpoch 0", "CheckpointNotFound", ErrorCategory.ObjectNotFound);
        Assert.Equal(9, _session.Single<TrainingResult>("Invoke-CnnTraining $train -CheckpointPath $folder -Resume").History.Epochs.Count);
    }

    [Fact]
    public void The_model_of_a_checkpoint_has_the_average_of_the_weights_where_there_is_one()
    {
        TrainingResult result = _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset LeNet5 -Seed 3 -Epochs 1 -WeightAveraging 0.9 -CheckpointPath $folder");
        Assert.Equal(Parameters(result.Model), Parameters(_session.Single<Model>("Import-CnnModel $folder/epoch-0001.safetensors")));
        Assert.Equal(
            Parameters(_session.Single<Model>("New-CnnModel LeNet5 -Seed 3")), Parameters(_session.Single<Model>("Import-CnnModel $folder/epoch-0000.safetensors")));
    }

    [Fact]
    public void A_training_goes_on_without_a_model_or_in_the_model_that_is_given()
    {
        TrainingResult whole = _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset LeNet5 -Seed 2 -Epochs 3");
        _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset LeNet5 -Seed 2 -Epochs 1 -CheckpointPath $folder");
        TrainingResult alone = _session.Single<TrainingResult>("Invoke-CnnTraining $train -CheckpointPath $folder -Resume -Epochs 3");
        Assert.Equal(Parameters(whole.Model), Parameters(alone.Model));
        TrainingResult given = _session.Single<TrainingResult>(
            "$model = New-CnnModel LeNet5; $model | Invoke-CnnTraining $train -CheckpointPath $folder -ResumeEpoch 2");
        Assert.Same(_session.Get<Model>("model"), given.Model);
        Assert.Equal(Parameters(whole.Model), Parameters(given.Model));
        TrainingResult early = _session.Single<TrainingResult>("Invoke-CnnTraining $train -CheckpointPath $folder -ResumeEpoch 1 -Epochs 1");
        Assert.Equal(10, early.History.Losses.Count);
        Assert.Equal(["epoch-0000.safetensors", "epoch-0001.safetensors", "epoch-0002.safetensors", "epoch-0003.safetensors"], Files());
    }

    [Fact]
    public void Trials_have_folders_of_their_own()
    {
        Outcome outcome = _session.Run("""
            $null = [IO.Directory]::CreateDirectory($folder)
            1, 2 | ForEach-Object { [pscustomobject]@{ Preset = 'Baseline'; Seed = $_ } } |
                Invoke-CnnTraining $train -Epochs 1 -CheckpointPath { "$folder/$($_.Seed)" } -CheckpointInterval 4
            [pscustomobject]@{ Preset = 'Baseline'; Seed = 3; CheckpointPath = "$folder/1" } | Invoke-CnnTraining $train -Epochs 1
            """);
        Assert.Equal([1UL, 2UL], outcome.Output.Select(output => ((TrainingResult)output.BaseObject).Model.Seed));
        Assert.StartsWith("CheckpointExists,", Assert.Single(outcome.Errors).FullyQualifiedErrorId);
        Assert.All(["1", "2"], trial => Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder.File("run"), trial)).Length));
    }

    [Fact]
    public void WhatIf_neither_trains_nor_writes()
    {
        Outcome outcome = _session.Run("$model = New-CnnModel Baseline; $model | Invoke-CnnTraining $train -CheckpointPath $folder -Epochs 100000 -WhatIf");
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Output);
        Assert.False(_session.Get<Model>("model").IsTrained);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public void Force_removes_the_checkpoints_of_another_training()
    {
        _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset LeNet5 -Epochs 3 -CheckpointPath $folder");
        _session.Fails("Invoke-CnnTraining $train -Preset Baseline -Epochs 1 -CheckpointPath $folder", "CheckpointExists", ErrorCategory.ResourceExists);
        _session.Fails("Invoke-CnnTraining $train -Preset Baseline -Epochs 0 -CheckpointPath $folder -Force", "TrainingOption", ErrorCategory.InvalidArgument);
        Assert.Equal(4, Files().Length);
        _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset Baseline -Epochs 1 -CheckpointPath $folder -Force");
        Assert.Equal(["epoch-0000.safetensors", "epoch-0001.safetensors"], Files());
    }

    [Theory]
    [InlineData("-Resume -BatchSize 16", "CheckpointMismatch", ErrorCategory.InvalidData)]
    [InlineData("-Resume -LearningRate 0.1", "CheckpointMismatch", ErrorCategory.InvalidData)]
    [InlineData("-Resume -Preset Baseline -Seed 5", "CheckpointMismatch", ErrorCategory.InvalidData)]
    [InlineData("-Resume -Preset LeNet5", "CheckpointMismatch", ErrorCategory.InvalidData)]
    [InlineData("-Resume -Epochs 1", "CheckpointMismatch", ErrorCategory.InvalidData)]
    [InlineData("-Resume -Patience 1", "ValidationRequired", ErrorCategory.InvalidArgument)]
    [InlineData("-ResumeEpoch 7", "CheckpointNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("-ResumeEpoch -1", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Resume -CheckpointCount 0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Resume -CheckpointInterval 0", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Preset Baseline", "CheckpointExists", ErrorCategory.ResourceExists)]
    [InlineData("", "CheckpointNotFound", ErrorCategory.ObjectNotFound)]
    public void What_does_not_belong_to_the_checkpoints_is_an_error_and_they_stay(string arguments, string errorId, ErrorCategory category)
    {
        _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset Baseline -Seed 4 -Epochs 2 -CheckpointPath $folder");
        byte[] before = File.ReadAllBytes(Path.Combine(_folder.File("run"), "epoch-0002.safetensors"));
        _session.Fails($"Invoke-CnnTraining $train -CheckpointPath $folder {arguments}", errorId, category);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_folder.File("run"), "epoch-0002.safetensors")));
        Assert.Equal(3, Files().Length);
    }

    [Theory]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Resume", "CheckpointPathRequired", ErrorCategory.InvalidArgument)]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -ResumeEpoch 1", "CheckpointPathRequired", ErrorCategory.InvalidArgument)]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -CheckpointInterval 10", "CheckpointPathRequired", ErrorCategory.InvalidArgument)]
    [InlineData("Invoke-CnnTraining $train -CheckpointPath $folder -Resume", "CheckpointNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -CheckpointPath $folder/deeper", "FolderNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("[IO.File]::WriteAllText($folder, ''); Invoke-CnnTraining $train -Preset Baseline -CheckpointPath $folder -Resume", "CheckpointFolder", ErrorCategory.InvalidArgument)]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -CheckpointPath variable:x", "PathNotFileSystem", ErrorCategory.InvalidArgument)]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -CheckpointPath ''", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    public void What_cannot_be_a_folder_of_checkpoints_is_an_error(string script, string errorId, ErrorCategory category) =>
        _session.Fails(script, errorId, category);

    [Fact]
    public void Other_images_and_damaged_checkpoints_are_errors()
    {
        _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset Baseline -Epochs 1 -CheckpointPath $folder -ValidationData $test");
        ErrorRecord others = _session.Fails("Invoke-CnnTraining $test -CheckpointPath $folder -Resume", "CheckpointMismatch", ErrorCategory.InvalidData);
        Assert.Contains("trains on 320 images", others.Exception.Message);
        ErrorRecord validation = _session.Fails(
            "Invoke-CnnTraining $train -ValidationData $train -CheckpointPath $folder -Resume", "CheckpointMismatch", ErrorCategory.InvalidData);
        Assert.Contains("measures on 100 images", validation.Exception.Message);

        string newest = Path.Combine(_folder.File("run"), "epoch-0001.safetensors");
        byte[] content = File.ReadAllBytes(newest);
        content[^1] ^= 1;
        File.WriteAllBytes(newest, content);
        _session.Fails("Invoke-CnnTraining $train -CheckpointPath $folder -Resume", "CheckpointChecksum", ErrorCategory.InvalidData);
        File.WriteAllBytes(newest, content[..^100]);
        _session.Fails("Invoke-CnnTraining $train -CheckpointPath $folder -Resume", "SafetensorsTruncated", ErrorCategory.InvalidData);
        _session.Single<Model>("New-CnnModel Baseline | Export-CnnModel -Path \"$folder/epoch-0001.safetensors\" -Force -PassThru");
        _session.Fails("Invoke-CnnTraining $train -CheckpointPath $folder -Resume", "CheckpointFormat", ErrorCategory.InvalidData);

        // The epoch before is whole.
        Assert.Equal(10, _session.Single<TrainingResult>("Invoke-CnnTraining $train -CheckpointPath $folder -ResumeEpoch 0").History.Losses.Count);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_ends_the_training_and_the_model_has_what_it_learned()
    {
        // A folder of that name stands for a disk that is full by then.
        string inTheWay = Path.Combine(_folder.File("run"), "epoch-0001.safetensors");
        Directory.CreateDirectory(Path.Combine(inTheWay, "mine"));
        _session.Fails(
            "$model = New-CnnModel Baseline; $model | Invoke-CnnTraining $train -Epochs 3 -CheckpointPath $folder", "WriteFailed", ErrorCategory.WriteError);
        Assert.True(_session.Get<Model>("model").IsTrained);
        Assert.Equal(["epoch-0000.safetensors"], Files());
    }

    [Fact]
    public void The_epochs_that_there_are_checkpoints_of_complete_ResumeEpoch()
    {
        _session.Single<TrainingResult>("Invoke-CnnTraining $train -Preset Baseline -Epochs 3 -CheckpointPath $folder");
        Assert.Equal(["0", "1", "2", "3"], Completions($"Invoke-CnnTraining $train -CheckpointPath '{_folder.File("run")}' -ResumeEpoch "));
        Assert.Equal(["2"], Completions($"Invoke-CnnTraining $train -CheckpointPath '{_folder.File("run")}' -Resume -ResumeEpoch 2"));
        Assert.Empty(Completions($"Invoke-CnnTraining $train -CheckpointPath '{_folder.File("none")}' -ResumeEpoch "));
        Assert.Empty(Completions("Invoke-CnnTraining $train -CheckpointPath variable:x -ResumeEpoch "));
    }

    [Fact]
    public void Patience_and_a_target_end_a_training_and_the_result_says_which()
    {
        TrainingResult patient = _session.Single<TrainingResult>(
            "$patient = Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -Epochs 200 -Patience 2 -LearningRate 0.01; $patient");
        Assert.Equal(TrainingOutcome.NoImprovement, patient.Outcome);
        Assert.Equal(patient.BestEpoch + 2, patient.History.Epochs.Count);
        Assert.Equal(patient.Validation!.Loss, patient.History.Epochs.Min(epoch => epoch.ValidationLoss));
        Assert.Contains("no better", _session.Show("$patient"));
        TrainingResult reached = _session.Single<TrainingResult>(
            "$reached = Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -Epochs 200 -TargetAccuracy 0.6; $reached");
        Assert.Equal(TrainingOutcome.TargetReached, reached.Outcome);
        Assert.True(reached.Validation!.Accuracy >= 0.6);
        Assert.Matches($"Baseline +{reached.History.Epochs.Count}/200 ", _session.Show("$reached"));
        Assert.Equal(2, _session.Single<int>("$patient.Patience"));
        Assert.Equal(0.6, _session.Single<double>("$reached.TargetAccuracy"));
    }

    private static float[] Parameters(Model model) => [.. model.Parameters.SelectMany(parameter => model.GetValues(parameter))];

    private string[] Files() => [.. Directory.GetFiles(_folder.File("run")).Select(file => Path.GetFileName(file)).Order()];

    private string[] Completions(string line)
    {
        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        return [.. CommandCompletion.CompleteInput(line, line.Length, null, shell).CompletionMatches.Select(match => match.CompletionText)];
    }

    /// <summary>Runs a script, stops it as Ctrl-C does when it is so far, and takes the last result from a variable.</summary>
    private TrainingResult Stop(string script, Func<bool> isSoFar, string variable)
    {
        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        IAsyncResult running = shell.AddScript(script).BeginInvoke();
        Assert.True(SpinWait.SpinUntil(isSoFar, TimeSpan.FromSeconds(60)), "The training does not come so far.");
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        ArrayList results = Assert.IsType<ArrayList>(_session.Runspace.SessionStateProxy.GetVariable(variable));
        return Assert.IsType<TrainingResult>(((PSObject)results[^1]!).BaseObject);
    }
}
