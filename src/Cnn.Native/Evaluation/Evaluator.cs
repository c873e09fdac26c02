using System.Diagnostics;
using Cnn.Data;
using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Evaluation;

/// <summary>Measures a model on a set of images.</summary>
public static class Evaluator
{
    /// <summary>Measures accuracy, loss, the confusion matrix, and how certain the model is.</summary>
    /// <param name="model">The model, or an ensemble.</param>
    /// <param name="images">The images, with their labels.</param>
    /// <param name="threads">The number of threads; 0 for one on each processor.</param>
    /// <param name="kernels">The kernels to run; by default those of the process.</param>
    /// <param name="misclassifiedCount">The number of worst mistakes in the report.</param>
    /// <param name="testTime">The test-time augmentation; by default none, so the model sees each image once.</param>
    /// <param name="progress">Called every few hundred images with their number, on the calling thread.</param>
    /// <param name="cancellation">Cancels the measurement.</param>
    /// <returns>The report. If the model returns NaN for an image, the image counts as wrong, and its loss is NaN.</returns>
    /// <exception cref="CnnException">
    /// The images do not fit the model, or there are none; the number of mistakes is negative; the test-time augmentation does not fit the images.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AccuracyReport Measure(
        IClassifier model,
        ImageSet images,
        int threads = 0,
        KernelSet? kernels = null,
        int misclassifiedCount = 0,
        TestTimeAugmentation? testTime = null,
        Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        if (misclassifiedCount < 0)
        {
            throw new CnnException(
                "MisclassifiedCount", CnnErrorKind.InvalidArgument, $"The number of mistakes to list is {misclassifiedCount}. It must be 0 or more.")
            { Target = misclassifiedCount };
        }

        model.CheckImages(images);
        (images, ClassMatching matching) = model.Match(images);
        long begin = Stopwatch.GetTimestamp();
        int classes = model.ClassCount;
        int[,] confusion = new int[classes, classes];
        int[] predictions = new int[images.Count];
        double loss = 0;
        using NativeBuffer<float> losses = new(images.Count);
        using NativeBuffer<float> logits = Logits(model, images, threads, kernels ?? KernelSelection.Current, losses, testTime, progress, cancellation);
        for (int i = 0; i < images.Count; i++)
        {
            predictions[i] = Softmax.Largest(logits.Span((long)i * classes, classes));
            confusion[images.Labels[i], predictions[i]]++;
            loss += losses.Span(i, 1)[0];
        }

        CertaintyCounts certainty = CertaintyCounts.Of(images.Labels, predictions, logits, classes);
        return new AccuracyReport(model, images.Name, confusion, loss / images.Count, Stopwatch.GetElapsedTime(begin), certainty)
        {
            ClassMatching = matching,
            TestTimeAugmentation = testTime,
            Misclassified = Misclassification.Worst(images, model.ClassNames, predictions, logits, misclassifiedCount),
        };
    }

    private static unsafe NativeBuffer<float> Logits(
        IClassifier model,
        ImageSet images,
        int threads,
        KernelSet kernels,
        NativeBuffer<float> losses,
        TestTimeAugmentation? testTime,
        Action<int>? progress,
        CancellationToken cancellation)
    {
        int classes = model.ClassCount;
        using var pass = new ForwardPass(model, threads, kernels, testTime);
        using var gradients = new NativeBuffer<float>((long)pass.Workers * ForwardPass.ShardSize * classes);
        var result = new NativeBuffer<float>((long)images.Count * classes);
        try
        {
            void AddLosses(int worker, int first, int count) => kernels.SoftmaxCrossEntropy(
                count,
                classes,
                result.Pointer + ((nint)first * classes),
                images.LabelPointer + first,
                smoothing: 0,
                scale: 1,
                losses.Pointer + first,
                gradients.Pointer + ((nint)worker * ForwardPass.ShardSize * classes));

            for (int first = 0; first < images.Count; first += ForwardPass.ImagesPerRun)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = Math.Min(ForwardPass.ImagesPerRun, images.Count - first);
                pass.Run(images, first, count, result.Pointer + ((nint)first * classes), AddLosses);
                progress?.Invoke(first + count);
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }
}
