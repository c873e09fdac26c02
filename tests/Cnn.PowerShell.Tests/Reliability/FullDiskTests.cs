using System.Management.Automation;
using Cnn.Data;
using Cnn.Models;
using Cnn.Sweeps;
using Cnn.Training;

namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>Where a disk is full or may only be read, that is an error, what was there stays, and the same session goes on after it.</summary>
public sealed class FullDiskTests : IClassFixture<Session>
{
    private const string Small = "& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1, 28, 28 -Seed 1 | ";
    private const string Large =
        "& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 300; New-CnnLayer -Relu; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1, 28, 28 -Seed 1 | ";

    private const string Sweep = "New-CnnSweep @{ LearningRate = 1..40 | ForEach-Object { $_ / 10000 }; Epochs = 1 } Baseline | Invoke-CnnSweep $train $test";

    private readonly Session _session;

    public FullDiskTests(Session session) => _session = session.WithMnist(train: 200, test: 100);

    [SmallDiskFact]
    public void A_model_that_does_not_fit_leaves_the_old_one()
    {
        using SmallDisk disk = NewDisk(256);
        _session.Single<Model>(Small + "Export-CnnModel \"$disk/model.safetensors\" -PassThru");
        byte[] old = File.ReadAllBytes(disk.File("model.safetensors"));
        Fails(Large + "Export-CnnModel \"$disk/model.safetensors\" -Force");
        Assert.Equal(old, File.ReadAllBytes(disk.File("model.safetensors")));
        Assert.Equal(["model.safetensors"], disk.Entries);
    }

    [SmallDiskFact]
    public void What_a_killed_process_left_makes_room()
    {
        using SmallDisk disk = NewDisk(64);
        string leftover = disk.File($".cnn-{Guid.NewGuid():N}.tmp");
        File.WriteAllBytes(leftover, new byte[56 * 1024]);
        _session.Single<Model>(Small + "Export-CnnModel \"$disk/model.safetensors\" -PassThru");
        Assert.Equal(["model.safetensors"], disk.Entries);
    }

    [SmallDiskFact]
    public void A_plot_and_an_image_set_that_do_not_fit_leave_nothing()
    {
        using SmallDisk disk = NewDisk(16);
        Fails("$train | Export-CnnPlot \"$disk/images.png\"");
        Fails("$train | Export-CnnPlot \"$disk/images.svg\"");
        foreach (ImageSetFormat format in Enum.GetValues<ImageSetFormat>())
        {
            Fails($"$train | Export-CnnImageSet \"$disk/set\" {format}");
            Assert.Empty(disk.Entries);
        }
    }

    [SmallDiskFact]
    public void An_image_set_that_does_not_fit_into_a_folder_with_files_replaces_none()
    {
        using SmallDisk disk = NewDisk(300);
        _session.Run("$few = Import-Mnist -First 20; $few | Export-CnnImageSet \"$disk/set\" Png");
        string[] before = disk.Entries;
        Assert.Equal(20, before.Count(name => name.EndsWith(".png", StringComparison.Ordinal)));
        disk.FillUntil(kilobytesLeft: 40);
        Fails("$train | Export-CnnImageSet \"$disk/set\" Png -Force");
        Assert.Equal([.. before.Append("filler").Order(StringComparer.Ordinal)], disk.Entries);
    }

    [SmallDiskFact]
    public void A_training_that_finds_no_room_for_a_checkpoint_goes_on_behind_room_to_the_same_bits()
    {
        using SmallDisk disk = NewDisk(8 * 1024);
        Fails("$model = New-CnnModel Baseline -Seed 5; $model | Invoke-CnnTraining $train -Epochs 200 -CheckpointPath \"$disk/run\"");
        Assert.True(_session.Get<Model>("model").IsTrained);
        string[] left = disk.Entries;
        Assert.All(left.Skip(1), name => Assert.Matches(@"^run/epoch-\d{4}\.safetensors$", name));
        int last = left.Length - 2;
        Assert.InRange(last, 1, 199);
        File.Delete(disk.File("run/epoch-0000.safetensors"));
        TrainingResult resumed = _session.Single<TrainingResult>($"Invoke-CnnTraining $train -CheckpointPath \"$disk/run\" -Resume -Epochs {last + 1}");
        TrainingResult whole = _session.Single<TrainingResult>($"Invoke-CnnTraining $train -Preset Baseline -Seed 5 -Epochs {last + 1}");
        Assert.Equal(whole.History.Losses, resumed.History.Losses);
        Assert.Equal(left.Length, disk.Entries.Length);
    }

    [SmallDiskFact]
    public void A_sweep_that_finds_no_room_keeps_whole_lines_and_goes_on_behind_room_in_the_same_session_or_another()
    {
        using SmallDisk disk = NewDisk(64);
        string filler = disk.FillUntil(kilobytesLeft: 4);
        string file = disk.File("results.jsonl");
        Outcome outcome = _session.Run($"$null = {Sweep} -Path \"$disk/results.jsonl\"");
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal(("WriteFailed,Cnn.PowerShell.InvokeCnnSweepCommand", ErrorCategory.WriteError), (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.Equal(["filler", "results.jsonl"], disk.Entries);
        string text = File.ReadAllText(file);
        Assert.EndsWith("}\n", text);
        int before = ResultsFile.Read(file).Count;
        Assert.InRange(before, 1, 39);

        // Once more without room, and then with little.
        Fails($"$null = {Sweep} -Path \"$disk/results.jsonl\"");
        Assert.StartsWith(text, File.ReadAllText(file));
        File.Delete(filler);
        Assert.Equal(30, _session.Run($"{Sweep.Replace("1..40", "1..30")} -Path \"$disk/results.jsonl\"").Output.Count);
        const string Imports = "$ProgressPreference = 'SilentlyContinue'; $train = (Import-Mnist -First 200); $test = (Import-Mnist -Subset Test -First 100); ";
        (int exitCode, string output, string errors) = PwshProcess.RunCommand(disk.Path, $"{Imports}({Sweep} -Path results.jsonl).Count");
        Assert.Equal((0, "40", ""), (exitCode, output.Trim(), errors));
        Assert.Equal(40, File.ReadAllLines(file).Length);
        Assert.StartsWith(text, File.ReadAllText(file));
        Assert.Equal(["results.jsonl"], disk.Entries);
    }

    [SmallDiskFact]
    public void A_task_of_a_sweep_that_finds_no_room_ends_with_a_code_of_its_own_and_goes_on_to_the_same_bits()
    {
        using SmallDisk disk = NewDisk(12 * 1024);
        const string Trial = "New-CnnSweep @{ Epochs = 6 } Baseline | ";
        _session.Run(Trial + "Export-CnnSweep \"$disk/sweep\" $train $test");
        string[] exported = disk.Entries;
        (int ExitCode, string Output, string Errors) RunTask() => PwshProcess.RunFile(disk.Path, disk.File("sweep/task.ps1"), "-Task", "1", "-Threads", "1");

        // There is room for a checkpoint or two at most, and then for none.
        foreach (int kilobytesLeft in new[] { 3000, 8 })
        {
            string filler = disk.FillUntil(kilobytesLeft);
            (int exitCode, string output, _) = RunTask();
            Assert.Equal(74, exitCode);
            Assert.Contains("cannot be written", output);
            Assert.DoesNotContain(disk.Entries, name => name.EndsWith(".tmp", StringComparison.Ordinal));
            Assert.Empty(_session.Run("Import-CnnSweep \"$disk/sweep\" -WarningAction Ignore").Output);
            File.Delete(filler);
        }

        Assert.Equal(0, RunTask().ExitCode);
        SweepResult result = _session.Single<SweepResult>("Import-CnnSweep \"$disk/sweep\"");
        Assert.Equal(_session.Single<SweepResult>(Trial + "Invoke-CnnSweep $train $test").ParameterChecksum, result.ParameterChecksum);
        Assert.Equal([.. exported.Append($"sweep/results/{result.Id}.jsonl").Order(StringComparer.Ordinal)], disk.Entries);
    }

    [SmallDiskFact]
    public void A_cache_that_does_not_fit_is_an_error_and_takes_no_room()
    {
        // There is room for the package, and not for the images in it.
        using SmallDisk disk = NewDisk(80 * 1024);
        using var source = new TemporaryFolder();
        KeyValuePair<string, string>[] environment = LocalMnist.Environment(source, _session.Single<ImageSet>("Import-Mnist"), disk.File("cache"));
        (int exitCode, _, string errors) = PwshProcess.RunCommand(
            source.Path, environment, "$ProgressPreference = 'SilentlyContinue'; try { Import-Mnist } catch { [Console]::Error.WriteLine($_.FullyQualifiedErrorId); exit 3 }");
        Assert.Equal(3, exitCode);
        Assert.StartsWith("DatasetCacheWrite,", errors);
        Assert.DoesNotContain(disk.Entries, name => name.Contains(LocalMnist.Images, StringComparison.Ordinal) || name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [SmallDiskFact]
    public void On_a_disk_that_may_only_be_read_everything_that_writes_is_an_error_and_what_is_there_can_be_read()
    {
        using SmallDisk disk = NewDisk(8 * 1024);
        _session.Run(Small + "Export-CnnModel \"$disk/model.safetensors\"; "
            + "$null = Invoke-CnnTraining $train -Preset Baseline -Epochs 2 -CheckpointPath \"$disk/run\"; "
            + $"$null = {Sweep.Replace("1..40", "1..3")} -Path \"$disk/results.jsonl\"");
        string[] before = disk.Entries;
        Assert.Equal(6, before.Length);
        disk.MakeReadOnly();
        Fails(Small + "Export-CnnModel \"$disk/model.safetensors\" -Force");
        Fails(Small + "Export-CnnModel \"$disk/new.safetensors\"");
        Fails("$train | Export-CnnPlot \"$disk/images.png\"");
        Fails("$train | Export-CnnImageSet \"$disk/set\" Png");
        Fails("Invoke-CnnTraining $train -CheckpointPath \"$disk/run\" -Resume -Epochs 3");
        Fails("Invoke-CnnTraining $train -Preset Baseline -CheckpointPath \"$disk/other\"");
        Fails($"{Sweep} -Path \"$disk/results.jsonl\"");
        Assert.Equal(before, disk.Entries);
        _session.Single<Model>("Import-CnnModel \"$disk/model.safetensors\"");
        Assert.Equal(3, _session.Run($"{Sweep.Replace("1..40", "1..3")} -Path \"$disk/results.jsonl\"").Output.Count);
        _session.Single<TrainingResult>("Invoke-CnnTraining $train -CheckpointPath \"$disk/run\" -Resume -Epochs 2");
    }

    private SmallDisk NewDisk(int kilobytes)
    {
        var disk = new SmallDisk(kilobytes);
        _session.Set("disk", disk.Path);
        return disk;
    }

    private void Fails(string script) => _session.Fails(script, "WriteFailed", ErrorCategory.WriteError);
}
