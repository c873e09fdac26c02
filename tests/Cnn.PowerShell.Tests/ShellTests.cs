using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Cnn.Kernels;

namespace Cnn.PowerShell.Tests;

/// <summary>The shell as a child process, as people run it.</summary>
public sealed class ShellTests
{
    private static readonly string Script = Path.Combine(Repository.Root, "scripts", "Train-Mnist.ps1");

    [Fact]
    public void The_main_job_trains_measures_and_saves_and_can_be_run_again()
    {
        using var folder = new TemporaryFolder();
        for (int run = 0; run < 2; run++)
        {
            (int exitCode, string output, string errors) = ShellProcess.Run(folder.Path, Script, "-Epochs", "1", "-Seed", "2", "-Preset:LeNet5", "-BatchSize", "64");
            Assert.True(exitCode == 0, output + errors);
            Match accuracy = Regex.Match(output, @"Accuracy : ([0-9.]+) %");
            Assert.True(double.Parse(accuracy.Groups[1].Value, CultureInfo.InvariantCulture) >= 95, output);
            Assert.Matches(@"Loss     : 0\.[0-9]+", output);
            Assert.Equal(10, Regex.Count(output, @"^[0-9] +[0-9.]+ % █+", RegexOptions.Multiline));
            Assert.Matches("Trained with the (avx2|scalar) kernels on [0-9]+ threads?; the model is in mnist-lenet5.safetensors, its figures in mnist-lenet5.loss.png and mnist-lenet5.recall.png", output);
            Assert.Equal(
                ["mnist-lenet5.loss.png", "mnist-lenet5.recall.png", "mnist-lenet5.safetensors"],
                Directory.GetFiles(folder.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
            Assert.All(Directory.GetFiles(folder.Path, "*.png"), file => Assert.Equal(0x89, File.ReadAllBytes(file)[0]));
            Assert.DoesNotContain('\u001b', output + errors);
        }
    }

    [Fact]
    public void The_main_job_ends_with_an_error_where_it_cannot_be_done()
    {
        using var folder = new TemporaryFolder();
        (int exitCode, string output, string errors) = ShellProcess.Run(folder.Path, Script, "-Path", folder.Path, "-OutputPath", "model");
        Assert.Equal(1, exitCode);
        Assert.Empty(output.Trim());
        Assert.Contains("does not hold train-images-idx3-ubyte", errors);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void The_sweep_shows_the_best_trial_first_and_keeps_the_results()
    {
        using var folder = new TemporaryFolder();
        string script = Path.Combine(Repository.Root, "scripts", "Invoke-Sweep.ps1");
        (int exitCode, string output, string errors) = ShellProcess.Run(folder.Path, script, "-LearningRate", "0.0001,0.002", "-BatchSize", "128", "-Preset", "LeNet5");
        Assert.True(exitCode == 0, output + errors);
        string[] accuracies = [.. Regex.Matches(output, @"^[0-9a-f]{12} +([0-9.]+) % ", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];
        Assert.Equal(2, accuracies.Length);
        Assert.True(double.Parse(accuracies[0], CultureInfo.InvariantCulture) > double.Parse(accuracies[1], CultureInfo.InvariantCulture), output);
        Assert.Matches("Trained 2 trials, and 0 were there already; the results are in mnist-sweep.jsonl, and drawn in mnist-sweep.png", output);
        Assert.Equal(["mnist-sweep.jsonl", "mnist-sweep.png"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal(2, File.ReadAllLines(folder.File("mnist-sweep.jsonl")).Length);
    }

    [Fact]
    public void A_preset_is_measured_over_several_seeds()
    {
        using var folder = new TemporaryFolder();
        string script = Path.Combine(Repository.Root, "scripts", "Measure-Preset.ps1");
        (int exitCode, string output, string errors) = ShellProcess.Run(folder.Path, script, "-Preset", "LeNet5,Baseline", "-Seed", "3,4", "-Epochs", "1");
        Assert.True(exitCode == 0, output + errors);
        double[] all = [.. Regex.Matches(output, @"^ +[34] +([0-9.]+) +[0-9.]+ *\r?$", RegexOptions.Multiline).Select(match => Number(match.Groups[1]))];
        Assert.Equal(4, all.Length);
        double[] accuracies = all[..2];
        Assert.All(all, accuracy => Assert.InRange(accuracy, 96, 100));
        Match mean = Regex.Match(output, "LeNet5 on Mnist: ([0-9.]+) ± ([0-9.]+) % over 2 seeds");
        Assert.Equal(accuracies.Average(), Number(mean.Groups[1]), 0.011);
        Assert.Equal(Math.Abs(accuracies[0] - accuracies[1]) / Math.Sqrt(2), Number(mean.Groups[2]), 0.011);
        Match second = Regex.Match(output, "Baseline on Mnist: ([0-9.]+) ± [0-9.]+ % over 2 seeds");
        Assert.Equal(all[2..].Average(), Number(second.Groups[1]), 0.011);
        Match together = Regex.Match(output, @"4 models together: ([0-9.]+) %, with test-time augmentation \(shift 1, 8 times\): ([0-9.]+) %");
        Assert.InRange(Number(together.Groups[1]), accuracies.Min(), 100);
        Assert.InRange(Number(together.Groups[2]), 96, 100);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("LeNet5,AlexNet", "8", "There is no preset 'AlexNet'")]
    [InlineData("LeNet5", "0", "The number of distorted versions of each image is 0")]
    public void A_measurement_that_would_fail_at_its_end_does_not_begin(string presets, string count, string message)
    {
        using var folder = new TemporaryFolder();
        string script = Path.Combine(Repository.Root, "scripts", "Measure-Preset.ps1");
        (int exitCode, string output, string errors) = ShellProcess.Run(folder.Path, script, "-Preset", presets, "-Seed", "3", "-Epochs", "1", "-AugmentationCount", count);
        Assert.Equal(1, exitCode);
        Assert.Empty(output.Trim());
        Assert.Contains(message, errors);
    }

    private static double Number(Group text) => double.Parse(text.Value, CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("'text'", 0, "text", "")]
    [InlineData("exit 7", 7, "", "")]
    [InlineData("New-CnnModel AlexNet; 'on'", 1, "on", "New-CnnModel: There is no preset 'AlexNet'")]
    [InlineData("throw 'no'; 'on'", 1, "", "no")]
    [InlineData("if (", 1, "", "ParserError")]
    [InlineData("(New-CnnModel LeNet5 -Verbose).Name", 0, "LeNet5", "")]
    public void A_command_gives_output_errors_and_an_exit_code(string command, int exitCode, string output, string errors)
    {
        (int actualExitCode, string actualOutput, string actualErrors) = ShellProcess.Run(Path.GetTempPath(), "-Command", command);
        Assert.Equal((exitCode, output), (actualExitCode, actualOutput.Trim()));
        Assert.Contains(errors, actualErrors);
        Assert.Equal(errors.Length == 0, actualErrors.Length == 0);
    }

    [Theory]
    [InlineData("CNN_KERNELS", "scalar", "scalar", "CNN_KERNELS asks for scalar.")]
    [InlineData("DOTNET_EnableAVX2", "0", "scalar", "")]
    [InlineData("CNN_KERNELS", "neon", "none", "there are no kernels of that name")]
    public void The_device_says_which_kernels_run_and_why(string variable, string value, string kernels, string reason)
    {
        (int exitCode, string output, string errors) = ShellProcess.Run(Path.GetTempPath(), [new(variable, value)], "-Command", "Get-CnnDevice");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains($"Kernels     : {kernels}", output);
        Assert.Contains(reason, output);

        // On a processor that has no AVX2 there is nothing to be had by removing a switch, unless it asks for what does not exist.
        if (KernelSelection.IsAvx2Supported || value == "neon")
        {
            Assert.Contains($"Advice      : Remove {variable}={value}", output);
        }
    }

    [Theory]
    [InlineData(new[] { "-Number", "4", "-Switch", "-Text:a b", "rest", "-1" }, "4 True a b rest,-1", 4)]
    [InlineData(new[] { "-Switch:$false", "-Number", "-5" }, "-5 False  ", null)]
    [InlineData(new[] { "-Number:0", "-Text", "-Command" }, "0 False -Command ", 0)]
    [InlineData(new[] { "-Number", "four" }, "", 1)]
    public void Arguments_bind_as_at_the_prompt(string[] arguments, string output, int? exitCode)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a script.ps1"), """
            param([int] $Number, [switch] $Switch, [string] $Text, [Parameter(ValueFromRemainingArguments)] $Rest)
            "$Number $Switch $Text $($Rest -join ',')"
            exit $Number
            """);
        (int actualExitCode, string actualOutput, _) = ShellProcess.Run(folder.Path, ["./a script.ps1", .. arguments]);
        Assert.Equal(output.Trim(), actualOutput.Trim());
        Assert.Equal(exitCode ?? actualExitCode, actualExitCode);
    }

    [Fact]
    public void Without_something_to_run_it_tells_how_it_is_used()
    {
        (int exitCode, string output, string errors) = ShellProcess.Run(Path.GetTempPath());
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains("Usage:", errors);
    }

    [Fact]
    public void Ctrl_C_ends_it_soon_and_in_order()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // There is no way to send Ctrl-C to one process only.
        }

        using Process process = ShellProcess.Start(Path.GetTempPath(), "-Command", "$train = Import-Mnist; 'begin'; New-CnnModel Baseline | Invoke-CnnTraining $train -Epochs 1000");
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
        using Process process = ShellProcess.Start(folder.Path, "-Command", $"{Training} -Epochs 100000");
        string epoch = Path.Combine(folder.File("run"), "epoch-0001.safetensors");
        InterruptWhen(process, () => Assert.True(SpinWait.SpinUntil(() => File.Exists(epoch), TimeSpan.FromSeconds(60)), "The training does not come so far."));
        int epochs = Directory.GetFiles(folder.File("run"), "epoch-????.safetensors").Length;
        (int exitCode, string output, string errors) = ShellProcess.Run(
            folder.Path,
            "-Command",
            $"$a = {Training} -Epochs {epochs}; $b = Invoke-CnnTraining (Import-Mnist -First 2000) -Preset Baseline -Seed 2 -BatchSize 10 -Epochs {epochs}; "
            + "\"$($a.History.Losses.Count) $(($a.History.Losses -join ' ') -eq ($b.History.Losses -join ' '))\"");
        Assert.True(exitCode == 0, errors);
        Assert.Equal($"{200 * epochs} True", output.Trim());
    }

    /// <summary>Sends Ctrl-C to a shell that has come so far, and sees it end as one that was interrupted.</summary>
    private static void InterruptWhen(Process process, Action comesSoFar)
    {
        try
        {
            comesSoFar();
            using (Process kill = Process.Start("kill", $"-INT {process.Id}"))
            {
                kill.WaitForExit();
            }

            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)), "Ctrl-C does not end the shell. (A process that was started with SIGINT ignored, as a shell's background job is, ignores it too.)");
        }
        finally
        {
            process.Kill(); // Nothing goes on training, or writing checkpoints, behind a test that failed; what has ended stays as it is.
            process.WaitForExit();
        }

        Assert.Equal(130, process.ExitCode);
    }
}
