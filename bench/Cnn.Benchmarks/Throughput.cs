using System.Diagnostics;
using System.Text.Json;
using Cnn.Data;
using Cnn.Devices;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.Benchmarks;

/// <summary>
/// The whole work on real MNIST, or on colour pictures: shuffling, normalisation, forward, backward, the optimizer, history and progress are all in the time.
/// The first epoch warms up and is not counted; of the others, and of the evaluations, the medians are printed.
/// </summary>
internal static class Throughput
{
    private const int Evaluations = 9;

    public static int Run(string[] arguments)
    {
        var options = new Options(arguments, "preset", "batch", "threads", "epochs", "images", "augmentation", "size");
        string preset = options.Text("preset", "Baseline");
        int batch = options.Number("batch", 32);
        int threads = options.Number("threads", Environment.ProcessorCount);
        int epochs = options.Number("epochs", 3) + 1;

        (Model model, TrainingOptions usual, ImageSet train, ImageSet test) = BenchmarkNetwork.Create(preset, options.Number("images", 60_000), options.Number("size", 0));

        // All else is as the preset has it, the average of the weights for instance.
        TrainingOptions settings = usual with { Epochs = epochs, BatchSize = batch, Threads = threads };
        settings = settings with { Augmentation = AugmentationOf(options.Text("augmentation", "preset"), settings.Augmentation) };
        using var trainer = new Trainer(model, train, settings);
        long allocated = 0;
        long steps = 0;
        TrainingResult result = trainer.Run(progress =>
        {
            // From the middle of the last epoch on everything is warm; the end of an epoch notes it in the history.
            if (progress.Epoch == progress.Epochs && progress.Batch == progress.Batches / 2)
            {
                allocated = GC.GetTotalAllocatedBytes(precise: true);
                steps = progress.Batch;
            }
            else if (progress.Epoch == progress.Epochs && progress.Batch == progress.Batches)
            {
                allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
                steps = progress.Batch - steps;
            }
        });
        double training = Median(result.History.Epochs.Skip(1).Select(epoch => epoch.ImagesPerSecond));
        AccuracyReport[] reports = [.. Enumerable.Range(0, Evaluations).Select(_ => Evaluator.Measure(model, test, threads))];
        double evaluation = Median(reports.Skip(1).Select(report => report.ImagesPerSecond));
        double? ceiling = ArithmeticCeiling.Fma(threads);
        using Process process = Process.GetCurrentProcess();

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            engine = "Cnn",
            kernels = result.Kernels,
            preset,
            batch,
            threads,
            augmentation = $"{settings.Augmentation}",
            trainingImagesPerSecond = Math.Round(training),
            evaluationImagesPerSecond = Math.Round(evaluation),
            trainingShareOfCeiling = Share(training * TrainingOperations(model), ceiling),
            evaluationShareOfCeiling = Share(evaluation * model.ForwardOperations, ceiling),
            ceilingGigaflops = ceiling is { } known ? Math.Round(known / 1e9, 1) : (double?)null,
            allocatedBytesPerStep = Math.Round((double)allocated / Math.Max(1, steps), 3),
            peakResidentMegabytes = Math.Round(process.PeakWorkingSet64 / 1e6),
            accuracy = reports[0].Accuracy,
        }));
        return 0;
    }

    /// <summary>Without the elastic distortion an image has no displacements of its own, which is cheaper.</summary>
    private static Augmentation? AugmentationOf(string name, Augmentation? presets)
    {
        var affine = new Augmentation { Shift = 2, Rotation = 10, Scale = 0.1, Shear = 10 };
        return name switch
        {
            "preset" => presets,
            "none" => null,
            "affine" => affine,
            "full" => affine with { ElasticStrength = 34, EraseProbability = 0.5 },
            _ => throw new ArgumentException($"--augmentation is preset, none, affine or full, not '{name}'."),
        };
    }

    /// <summary>Dense operations of one image forward and back: three times the forward ones, but nobody wants the gradient of the image.</summary>
    private static long TrainingOperations(Model model)
    {
        long first = model.Layers.Select((layer, index) => layer.ForwardOperations(model.Shapes[index])).First(operations => operations > 0);
        return (3 * model.ForwardOperations) - first;
    }

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static double? Share(double speed, double? ceiling) => ceiling is { } known ? Math.Round(speed / known, 3) : null;
}
