using System.Management.Automation;
using Cnn.Models;

namespace Cnn.PowerShell.Tests.Reliability;

/// <summary>What is no plain file is neither replaced nor read, and nothing waits for it.</summary>
public sealed class SpecialFileTests : IClassFixture<Session>, IDisposable
{
    private const string NewModel = "& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 2 } | New-CnnModel -InputShape 1, 8, 8 -Seed 1 | ";
    private const string NewResults = "New-CnnSweep @{ LearningRate = 0.001; Epochs = 1 } Baseline | Invoke-CnnSweep $train $test -Path ";

    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;

    public SpecialFileTests(Session session)
    {
        _session = session.WithMnist(train: 100, test: 50);
        _session.Set("folder", _folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public void A_pipe_is_refused_by_everything_that_reads_or_writes() => AllRefuse(SpecialFile.Pipe);

    [DeviceFact]
    public void A_device_is_refused_by_everything_that_reads_or_writes() => AllRefuse(SpecialFile.Device);

    [UnixFact]
    public void A_link_to_a_folder_is_no_target_for_a_file_and_one_for_a_folder()
    {
        Directory.CreateDirectory(_folder.File("real"));
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.File("real"));
        RefuseTarget(NewModel + "Export-CnnModel \"$folder/link\" -Force");
        RefuseTarget("$train | Export-CnnPlot \"$folder/link.png\" -Force", () => Directory.CreateSymbolicLink(_folder.File("link.png"), _folder.File("real")));
        RefuseTarget(NewResults + "\"$folder/link\"");
        Assert.Empty(Directory.GetFileSystemEntries(_folder.File("real")));
        Assert.Empty(_session.Run("$train | Export-CnnImageSet \"$folder/link\" CompressedIdx").Errors);
        Assert.Equal(3, Directory.GetFiles(_folder.File("real")).Length);
        Assert.NotNull(new DirectoryInfo(_folder.File("link")).LinkTarget);
    }

    [UnixFact]
    public void Through_a_link_to_nothing_yet_a_file_and_a_folder_are_made()
    {
        File.CreateSymbolicLink(_folder.File("model.safetensors"), "real.safetensors");
        File.CreateSymbolicLink(_folder.File("results.jsonl"), "real.jsonl");
        File.CreateSymbolicLink(_folder.File("set"), "real");
        Assert.Empty(_session.Run($"{NewModel}Export-CnnModel \"$folder/model.safetensors\"; $train | Export-CnnImageSet \"$folder/set\" Idx; {NewResults}\"$folder/results.jsonl\"").Errors);
        _session.Single<Model>("Import-CnnModel \"$folder/model.safetensors\"");
        Assert.All(["model.safetensors", "results.jsonl", "set"], name => Assert.NotNull(new FileInfo(_folder.File(name)).LinkTarget));
        Assert.Equal(
            ["model.safetensors", "real", "real.jsonl", "real.safetensors", "results.jsonl", "set"],
            Directory.GetFileSystemEntries(_folder.Path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal));
    }

    private void AllRefuse(Func<string, string> make)
    {
        string special = make(_folder.File("special"));
        File.CreateSymbolicLink(_folder.File("link"), special);
        Directory.CreateDirectory(_folder.File("run"));
        Directory.CreateDirectory(_folder.File("set/3"));
        Directory.CreateDirectory(_folder.File("pictures/a"));
        Directory.CreateDirectory(_folder.File("idx"));
        Directory.CreateDirectory(_folder.File("published"));
        make(_folder.File("plot.svg"));
        make(_folder.File("run/epoch-0001.safetensors"));
        make(_folder.File("set/3/00007.png"));
        make(_folder.File("pictures/a/1.png"));
        make(_folder.File("idx/images-idx3-ubyte"));
        make(_folder.File("published/train-images-idx3-ubyte"));
        string[] before = Entries();

        foreach (string force in new[] { "", "-Force" })
        {
            RefuseTarget(NewModel + $"Export-CnnModel \"$folder/special\" {force}");
            RefuseTarget(NewModel + $"Export-CnnModel \"$folder/link\" {force}");
            RefuseTarget($"$train | Export-CnnPlot \"$folder/plot.svg\" {force}");
            _session.Fails($"$train | Export-CnnImageSet \"$folder/special\" Png {force}", "TargetNotFolder", ErrorCategory.InvalidArgument);
        }

        RefuseTarget("$train | Export-CnnImageSet \"$folder/set\" Png -Force");
        RefuseTarget(NewResults + "\"$folder/special\"");
        RefuseSource("Import-CnnModel \"$folder/special\"");
        RefuseSource("Import-CnnModel \"$folder/link\"");
        RefuseSource("Invoke-CnnTraining $train -CheckpointPath \"$folder/run\" -Resume");
        RefuseSource("Import-CnnImageSet \"$folder/idx\"");
        RefuseSource("Import-Mnist -Path \"$folder/published\"");
        RefuseSource("\"$folder/pictures/a/1.png\" | Invoke-CnnPrediction -Model (New-CnnModel Baseline -Seed 1)");
        Assert.Contains("pipe, a socket or a device", _session.Run("Import-CnnImageSet \"$folder/pictures\" -ImageShape 1, 28, 28").Errors[0].Exception.Message);
        Assert.Equal(before, Entries());
        Assert.Equal(0, new FileInfo(special).Length);
    }

    private string[] Entries() => [.. Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private void RefuseTarget(string script, Action? prepare = null)
    {
        prepare?.Invoke();
        _session.Fails(script, "TargetNotFile", ErrorCategory.InvalidArgument);
    }

    private void RefuseSource(string script) => _session.Fails(script, "SourceNotFile", ErrorCategory.InvalidArgument);
}
