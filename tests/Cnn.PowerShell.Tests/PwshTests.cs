using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cnn.PowerShell.Tests;

/// <summary>PowerShell itself as a child process, as people run it.</summary>
public sealed class PwshTests
{
    private static readonly string Script = Path.Combine(Repository.Root, "scripts", "Train-Mnist.ps1");

    [Fact]
    public void Is_pinned_in_the_version_that_the_other_tests_host()
    {
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, ".config", "dotnet-tools.json")));
        string pinned = manifest.RootElement.GetProperty("tools").GetProperty("powershell").GetProperty("version").GetString()!;
        (int exitCode, string output, string errors) = PwshProcess.RunCommand(Path.GetTempPath(), "$PSVersionTable.PSVersion.ToString()");
        Assert.True(exitCode == 0, errors);
        Assert.Equal(pinned, output.Trim());
        Assert.StartsWith($"{pinned}.", FileVersionInfo.GetVersionInfo(typeof(PSObject).Assembly.Location).FileVersion);
    }

    [Fact]
    public void The_main_job_trains_measures_and_saves()
    {
        using var folder = new TemporaryFolder();
        (int exitCode, string output, string errors) = PwshProcess.RunFile(folder.Path, Script, "-Epochs", "1", "-Seed", "2", "-Preset:LeNet5", "-BatchSize", "64");
        Assert.True(exitCode == 0, output + errors);
        Match accuracy = Regex.Match(output, @"Accuracy : ([0-9.]+) %");
        Assert.True(double.Parse(accuracy.Groups[1].Value, CultureInfo.InvariantCulture) >= 95, output);
        Assert.Matches(@"Loss     : 0\.[0-9]+", output);
        Assert.Equal(10, Regex.Count(output, @"^ *[0-9] +[0-9.]+ % █+", RegexOptions.Multiline));
        Assert.Matches("Trained with the (avx512|avx2|vector128|scalar) kernels on [0-9]+ threads?; the model is in mnist-lenet5.safetensors, its figures in mnist-lenet5.loss.png and mnist-lenet5.recall.png", output);
        Assert.Equal(
            ["mnist-lenet5.loss.png", "mnist-lenet5.recall.png", "mnist-lenet5.safetensors"],
            Directory.GetFiles(folder.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(folder.Path, "*.png"), file => Assert.Equal(0x89, File.ReadAllBytes(file)[0]));
        Assert.DoesNotContain('\u001b', output + errors);
    }

    [Fact]
    public void The_main_job_ends_with_an_error_where_it_cannot_be_done()
    {
        using var folder = new TemporaryFolder();
        (int exitCode, string output, string errors) = PwshProcess.RunFile(folder.Path, Script, "-Path", folder.Path, "-OutputPath", "model");
        Assert.Equal(1, exitCode);
        Assert.Empty(output.Trim());

        // PowerShell breaks the lines of an error at the width of the window.
        Assert.Contains("does not contain train-images-idx3-ubyte", Regex.Replace(errors, @"\r?\n *\| *", " "));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("LeNet5,AlexNet", "8", "There is no preset 'AlexNet'")]
    [InlineData("LeNet5", "0", "The number of distorted versions of each image is 0")]
    public void A_measurement_that_would_fail_at_its_end_does_not_begin(string presets, string count, string message)
    {
        using var folder = new TemporaryFolder();
        string script = Path.Combine(Repository.Root, "scripts", "Measure-Preset.ps1");
        (int exitCode, string output, string errors) = PwshProcess.RunFile(folder.Path, script, "-Preset", presets, "-Seed", "3", "-Epochs", "1", "-AugmentationCount", count);
        Assert.Equal(1, exitCode);
        Assert.Empty(output.Trim());
        Assert.Contains(message, errors);
    }

    [Fact]
    public void Ctrl_C_ends_it_soon_and_in_order()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // There is no way to send Ctrl-C to one process only.
        }

        using Process process = PwshProcess.StartCommand(Path.GetTempPath(), [], "$train = Import-Mnist; 'begin'; New-CnnModel Baseline | Invoke-CnnTraining $train -Epochs 1000");
        InterruptWhen(process, () => Assert.Equal("begin", process.StandardOutput.ReadLine()));
    }

    [Fact]
    public void Ctrl_C_keeps_a_checkpoint_to_go_on_from()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // There is no way to send Ctrl-C to one process only.
        }

        using var folder = new TemporaryFolder();
        const string Training = "Invoke-CnnTraining (Import-Mnist -First 2000) -Preset Baseline -Seed 2 -BatchSize 10 -CheckpointPath run -Resume";
        using Process process = PwshProcess.StartCommand(folder.Path, [], $"{Training} -Epochs 100000");
        string epoch = Path.Combine(folder.File("run"), "epoch-0001.safetensors");
        InterruptWhen(process, () => Assert.True(SpinWait.SpinUntil(() => File.Exists(epoch), TimeSpan.FromSeconds(60)), "The training does not come so far."));
        int epochs = Directory.GetFiles(folder.File("run"), "epoch-????.safetensors").Length;
        (int exitCode, string output, string errors) = PwshProcess.RunCommand(
            folder.Path,
            $"$a = {Training} -Epochs {epochs}; $b = Invoke-CnnTraining (Import-Mnist -First 2000) -Preset Baseline -Seed 2 -BatchSize 10 -Epochs {epochs}; "
            + "\"$($a.History.Losses.Count) $(($a.History.Losses -join ' ') -eq ($b.History.Losses -join ' '))\"");
        Assert.True(exitCode == 0, errors);
        Assert.Equal($"{200 * epochs} True", output.Trim());
    }

    /// <summary>Sends Ctrl-C to a PowerShell that has come so far, and sees it end with an exit code that says so.</summary>
    private static void InterruptWhen(Process process, Action comesSoFar)
    {
        try
        {
            comesSoFar();
            using (Process kill = Process.Start("kill", $"-INT {process.Id}"))
            {
                kill.WaitForExit();
            }

            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)), "Ctrl-C does not end PowerShell. (A process that was started with SIGINT ignored, as a background job of a shell is, ignores it too.)");
        }
        finally
        {
            process.Kill(); // Nothing goes on training, or writing checkpoints, after a test that failed; what has ended stays as it is.
            process.WaitForExit();
        }

        Assert.Equal(1, process.ExitCode);
    }
}
