using System.Diagnostics;
using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Threading;

namespace Cnn.Evaluation;

/// <summary>Measures what a model makes of a set of images.</summary>
public static class Evaluator
{
    /// <summary>Images that a worker takes through the model at a time.</summary>
    private const int ShardSize = 8;

    /// <summary>How many shards are done between two looks at progress and cancellation.</summary>
    private const int ShardsPerRun = 64;

    /// <summary>Measures accuracy, loss and the confusion matrix.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The images, with their labels.</param>
    /// <param name="threads">How many threads work; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels that run; those of the process where nothing is given.</param>
    /// <param name="misclassifiedCount">How many of the worst mistakes the report names.</param>
    /// <param name="progress">Called every few hundred images with their number, on the calling thread.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <returns>The report. A model that gives NaN is wrong there, and its loss is NaN.</returns>
    /// <exception cref="CnnException">The images do not fit the model, or there are none; the number of mistakes is negative.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AccuracyReport Measure(
        Model model,
        ImageSet images,
        int threads = 0,
        KernelSet? kernels = null,
        int misclassifiedCount = 0,
        Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        if (misclassifiedCount < 0)
        {
            throw new CnnException(
                "MisclassifiedCount", CnnErrorKind.InvalidArgument, $"The number of mistakes to name is {misclassifiedCount}. It is 0 or more.")
            { Target = misclassifiedCount };
        }

        model.CheckImages(images);
        long begin = Stopwatch.GetTimestamp();
        int classes = model.ClassCount;
        int[,] confusion = new int[classes, classes];
        byte[] predictions = new byte[images.Count];
        double loss = 0;
        using NativeBuffer<float> losses = new(images.Count);
        using NativeBuffer<float> logits = Logits(model, images, threads, kernels ?? KernelSelection.Current, losses, progress, cancellation);
        for (int i = 0; i < images.Count; i++)
        {
            predictions[i] = (byte)Largest(logits.Span((long)i * classes, classes));
            confusion[images.Labels[i], predictions[i]]++;
            loss += losses.Span(i, 1)[0];
        }

        return new AccuracyReport(model, images.Name, confusion, loss / images.Count, Stopwatch.GetElapsedTime(begin))
        {
            Misclassified = Misclassification.Worst(images, model.ClassNames, predictions, logits, misclassifiedCount),
        };
    }

    /// <summary>The index of the largest value; the first of equal ones, 0 where all are NaN.</summary>
    private static int Largest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
            {
                best = i;
            }
        }

        return best;
    }

    private static unsafe NativeBuffer<float> Logits(
        Model model, ImageSet images, int threads, KernelSet kernels, NativeBuffer<float> losses, Action<int>? progress, CancellationToken cancellation)
    {
        int classes = model.ClassCount;
        int shards = (images.Count + ShardSize - 1) / ShardSize;
        nint imageLength = images.ImageShape.Length;
        var result = new NativeBuffer<float>((long)images.Count * classes);
        using var team = new WorkerTeam(threads);
        var plan = new TensorPlan(model);
        Workspace[] workspaces = [.. Enumerable.Range(0, team.Count).Select(_ => new Workspace(model, kernels, plan, ShardSize, batch: null))];
        using var gradients = new NativeBuffer<float>((long)team.Count * ShardSize * classes);
        try
        {
            int firstShard = 0;
            void RunShard(int worker, int item)
            {
                int first = (firstShard + item) * ShardSize;
                int count = Math.Min(ShardSize, images.Count - first);
                Workspace workspace = workspaces[worker];
                for (int i = 0; i < count; i++)
                {
                    workspace.LoadImage(images.PixelPointer + ((first + i) * imageLength), i, 0);
                }

                float* logits = workspace.Forward(count, 0);
                new Span<float>(logits, count * classes).CopyTo(result.Span((long)first * classes, count * classes));
                kernels.SoftmaxCrossEntropy(
                    count, classes, logits, images.LabelPointer + first, smoothing: 0, scale: 1, losses.Pointer + first, gradients.Pointer + ((nint)worker * ShardSize * classes));
            }

            Action<int, int> runShard = RunShard;
            for (; firstShard < shards; firstShard += ShardsPerRun)
            {
                cancellation.ThrowIfCancellationRequested();
                team.Run(Math.Min(ShardsPerRun, shards - firstShard), runShard);
                progress?.Invoke(Math.Min(images.Count, (firstShard + ShardsPerRun) * ShardSize));
            }

            GC.KeepAlive(images);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
        finally
        {
            foreach (Workspace workspace in workspaces)
            {
                workspace.Dispose();
            }
        }
    }
}
