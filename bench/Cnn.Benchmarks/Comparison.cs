using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cnn.Data;

namespace Cnn.Benchmarks;

/// <summary>
/// Runs this engine and PyTorch in turn, A B A B, for each preset and batch size, each on one thread and on all,
/// and prints a table of medians and ratios, each side with its better number of threads.
/// </summary>
internal static class Comparison
{
    /// <summary>The networks, the sizes of their batches, and how many images an epoch has: so many that each takes some seconds.</summary>
    private static readonly (string Preset, int Batch, int Images)[] Work =
    [
        ("Baseline", 32, 60_000), ("Baseline", 128, 60_000), ("LeNet5", 32, 60_000), ("LeNet5", 128, 60_000), ("Wide", 128, 12_000),
        ("Accurate", 64, 12_000), ("Thorough", 64, 12_000), ("SixConvolutions", 64, 4_000),
        ("ResNet18", 32, 1_000), ("MobileNetV2", 32, 1_000),
    ];

    public static int Run(string[] arguments)
    {
        var options = new Options(arguments, "rounds", "python");
        int rounds = options.Number("rounds", 3);
        string python = options.Text("python", "python3");
        string script = Path.Combine(Root(), "bench", "pytorch_baseline.py");
        string self = Environment.ProcessPath!;
        int[] threadCounts = Environment.ProcessorCount == 1 ? [1] : [1, Environment.ProcessorCount];
        _ = new DatasetLoader().Load(Dataset.Mnist, DataSubset.Train);

        Console.WriteLine("| network | batch | work | Cnn, images/s (threads) | PyTorch, images/s (threads) | ratio | share of the FMA ceiling | 1 thread to all |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach ((string preset, int batch, int images) in Work)
        {
            List<Measured> ours = [];
            List<Measured> theirs = [];
            for (int round = 0; round < rounds; round++)
            {
                foreach (int threads in threadCounts)
                {
                    string[] work = ["--preset", preset, "--batch", $"{batch}", "--threads", $"{threads}", "--images", $"{images}"];
                    ours.Add(Start(self, ["throughput", .. work, "--epochs", "3", "--augmentation", "none"]));
                    theirs.Add(Start(python, [script, .. work, "--epochs", "1"]));
                }
            }

            Row(preset, batch, "training", ours, theirs, m => m.Training, m => m.TrainingShare);
            Row(preset, batch, "evaluation", ours, theirs, m => m.Evaluation, m => m.EvaluationShare);
        }

        return 0;
    }

    private static void Row(
        string preset, int batch, string work, List<Measured> ours, List<Measured> theirs, Func<Measured, double> speed, Func<Measured, double> share)
    {
        (int Threads, double Speed) Best(List<Measured> runs) =>
            runs.GroupBy(run => run.Threads).Select(group => (group.Key, Throughput.Median(group.Select(speed)))).MaxBy(best => best.Item2);

        (int ourThreads, double ourSpeed) = Best(ours);
        (int theirThreads, double theirSpeed) = Best(theirs);
        double part = Throughput.Median(ours.Where(run => run.Threads == ourThreads).Select(share));
        double scaling = Throughput.Median(ours.Where(run => run.Threads == ours.Max(m => m.Threads)).Select(speed)) / Throughput.Median(ours.Where(run => run.Threads == 1).Select(speed));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {preset} | {batch} | {work} | {ourSpeed:N0} ({ourThreads}) | {theirSpeed:N0} ({theirThreads}) | {ourSpeed / theirSpeed:F1} | {part:P0} | {scaling:F2} |"));
    }

    private static Measured Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }

        using JsonDocument line = JsonDocument.Parse(output);
        double Number(string name) =>
            line.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;

        return new Measured(
            (int)Number("threads"),
            Number("trainingImagesPerSecond"),
            Number("evaluationImagesPerSecond"),
            Number("trainingShareOfCeiling"),
            Number("evaluationShareOfCeiling"));
    }

    /// <summary>The folder of the solution, above this program's own.</summary>
    private static string Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cnn.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Cnn.sln: run this from a checkout.");
    }

    private sealed record Measured(int Threads, double Training, double Evaluation, double TrainingShare, double EvaluationShare);
}
