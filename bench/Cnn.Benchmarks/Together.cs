using System.Diagnostics;
using System.Text.Json;
using Cnn.Data;
using Cnn.Presets;
using Cnn.Training;

namespace Cnn.Benchmarks;

/// <summary>
/// Several trainings at once in one process against the same ones one after the other, in turn. One line of JSON: the medians,
/// their ratio, and how far the trainings that ran at once were apart at their end.
/// </summary>
internal static class Together
{
    public static int Run(string[] arguments)
    {
        var options = new Options(arguments, "preset", "batch", "threads", "trainings", "rounds", "images");
        string preset = options.Text("preset", "Baseline");
        int trainings = options.Number("trainings", 2);
        int rounds = options.Number("rounds", 5);
        ImageSet images = new DatasetLoader().Load(Dataset.Mnist, DataSubset.Train).Slice(0, options.Number("images", 20_000));
        TrainingOptions settings = new()
        {
            Epochs = 1,
            BatchSize = options.Number("batch", 32),
            Threads = options.Number("threads", Environment.ProcessorCount),
        };

        TimeSpan Train(int seed)
        {
            long begin = Stopwatch.GetTimestamp();
            Trainer.Train(Preset.Find(preset).CreateModel((ulong)seed), images, settings);
            return Stopwatch.GetElapsedTime(begin);
        }

        Train(0);
        List<double> inTurn = [];
        List<double> atOnce = [];
        List<double> apart = [];
        for (int round = 0; round < rounds; round++)
        {
            inTurn.Add(Enumerable.Range(1, trainings).Sum(seed => Train(seed).TotalSeconds));

            long begin = Stopwatch.GetTimestamp();
            TimeSpan[] times = new TimeSpan[trainings];
            Thread[] threads = [.. Enumerable.Range(0, trainings).Select(index => new Thread(() => times[index] = Train(index + 1)))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
            atOnce.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
            apart.Add(times.Max() / times.Min());
        }

        double sequential = Throughput.Median(inTurn);
        double together = Throughput.Median(atOnce);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            preset,
            trainings,
            threads = settings.Threads,
            oneAfterTheOtherSeconds = Math.Round(sequential, 3),
            atOnceSeconds = Math.Round(together, 3),
            speedup = Math.Round(sequential / together, 3),
            slowestToFastest = Math.Round(Throughput.Median(apart), 3),
        }));
        return 0;
    }
}
