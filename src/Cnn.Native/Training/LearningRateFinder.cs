using Cnn.Data;
using Cnn.Kernels;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// Searches for a learning rate by the method of Smith ("Cyclical Learning Rates for Training Neural Networks", 2017): a copy of the model is trained for
/// some batches with a rate that grows geometrically from the smallest to the largest. The rate at which the loss falls most steeply is a good one.
/// </summary>
public static class LearningRateFinder
{
    /// <summary>The smallest number of batches that shows a slope.</summary>
    public const int LeastBatches = 20;

    /// <summary>The share of the smoothed loss that each batch keeps.</summary>
    private const double Memory = 0.9;

    /// <summary>A loss above this multiple of the smallest loss counts as diverged.</summary>
    private const double Diverged = 4;

    /// <summary>Searches.</summary>
    /// <param name="model">The model; it does not change.</param>
    /// <param name="images">The training images.</param>
    /// <param name="options">The settings; the rate, its schedule and the number of epochs are ignored.</param>
    /// <param name="minimum">The smallest rate; greater than 0.</param>
    /// <param name="maximum">The largest rate; greater than the smallest.</param>
    /// <param name="batches">The largest number of batches, <see cref="LeastBatches"/> to 100,000.</param>
    /// <param name="progress">Called after each batch with their number so far, on the calling thread.</param>
    /// <param name="cancellation">Cancels the search; there is no result then.</param>
    /// <returns>The rate, and the loss of each batch.</returns>
    /// <exception cref="CnnException">
    /// <c>LearningRateRange</c>: the range or the number of batches is invalid. <c>TrainingOption</c> and others: as for a training.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LearningRateSearch Find(
        Model model,
        ImageSet images,
        TrainingOptions options,
        double minimum = 1e-6,
        double maximum = 1,
        int batches = 100,
        Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(options);
        if (!((float)minimum > 0 && minimum < maximum && float.IsFinite((float)maximum) && batches is >= LeastBatches and <= 100_000))
        {
            throw new CnnException(
                "LearningRateRange",
                CnnErrorKind.InvalidArgument,
                FormattableString.Invariant($"A search goes from {minimum} to {maximum} in {batches} batches. The first rate must be greater than 0 and less than the last, and the number of batches {LeastBatches} to 100000; 1e-6 to 1 in 100 batches is usual."))
            { Target = batches };
        }

        KernelSet kernels = KernelSelection.Current;
        options = options.Copy() with { LearningRate = minimum, Schedule = new ConstantSchedule(), WeightAveraging = 0, Epochs = 1 };
        options.Check();
        model.CheckImages(images);
        var plan = ExecutionPlan.ForTraining(model, options.TrainFrom);
        plan.CheckBatches(model, images.Count, options.BatchSize, options.AccumulationSteps);
        options.Augmentation?.CheckFor(images.ImageShape);
        images = model.Match(images).Images;
        Model copy = model.Copy();
        options = options.For(copy);
        TrainingMemory.Require(copy, plan, options, kernels, images.Count);
        if (!copy.IsTrained)
        {
            copy.Describe(Normalization.Of(images), copy.ClassNamesFor(images));
        }

        using var step = new TrainingStep(copy, plan, options, kernels, Math.Min(options.BatchSize, images.Count)) { ClassWeights = options.ClassWeight?.For(images, options.Sampling) };
        List<LearningRatePoint> points = [];
        bool isDiverged = !Search(step, images, options, minimum, maximum, batches, points, progress, cancellation);
        return new LearningRateSearch(model.Name, options.BatchSize, points, isDiverged);
    }

    /// <summary>Trains with one rate after the other; false if the loss diverged.</summary>
    private static bool Search(
        TrainingStep step,
        ImageSet images,
        TrainingOptions options,
        double minimum,
        double maximum,
        int batches,
        List<LearningRatePoint> points,
        Action<int>? progress,
        CancellationToken cancellation)
    {
        var order = new EpochOrder(images, options);
        int batchesPerEpoch = (images.Count + options.BatchSize - 1) / options.BatchSize;
        double sum = 0;
        double least = double.PositiveInfinity;
        for (int batch = 0; batch < batches; batch++)
        {
            int epoch = batch / batchesPerEpoch;
            order.MoveTo(epoch);
            int first = batch % batchesPerEpoch * options.BatchSize;
            step.LearningRate = minimum * Math.Pow(maximum / minimum, batch / (batches - 1.0));
            double loss = step.Run(images, order.Images.Slice(first, Math.Min(options.BatchSize, images.Count - first)), cancellation, epoch, first)
                ?? throw new OperationCanceledException(cancellation);
            if (!double.IsFinite(loss))
            {
                return false;
            }

            // A moving average is too small at first, because it starts at zero; this corrects it.
            sum = (Memory * sum) + ((1 - Memory) * loss);
            double smoothed = sum / (1 - Math.Pow(Memory, batch + 1));
            points.Add(new LearningRatePoint(step.LearningRate, loss, smoothed));
            least = Math.Min(least, smoothed);
            if (batch >= LeastBatches / 2 && smoothed > Diverged * least)
            {
                return false;
            }

            progress?.Invoke(batch + 1);
        }

        return true;
    }
}
