using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>The memory that a training needs besides its images and its model.</summary>
public static class TrainingMemory
{
    /// <summary>Computes the memory of a training before it starts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The settings; the batch size matters most, then the number of threads and the optimizer.</param>
    /// <param name="images">Number of training images: no batch has more, and each batch adds its loss to the history. Not counted if it is not known.</param>
    /// <param name="kernels">The kernels to run; by default those of the process.</param>
    /// <returns>The number of bytes of all workers together: activations, gradients, and optimizer state.</returns>
    /// <exception cref="CnnException">A setting is out of range.</exception>
    public static long Estimate(Model model, TrainingOptions options, int? images = null, KernelSet? kernels = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        TrainingOptions own = options.Copy();
        own.Check();
        own.Augmentation?.CheckFor(model.InputShape);
        return Of(model, ExecutionPlan.ForTraining(model, own.TrainFrom), own.For(model), kernels ?? KernelSelection.Current, images, own.BatchSize);
    }

    /// <summary>Checks that there is enough memory for a training.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">The execution plan, with the layers that are trained.</param>
    /// <param name="options">The settings, with the number of threads filled in.</param>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="images">Number of training images.</param>
    /// <exception cref="CnnException"><c>MemoryRequired</c>: there is not enough; the message says which batch size would fit.</exception>
    internal static void Require(Model model, ExecutionPlan plan, TrainingOptions options, KernelSet kernels, int images) => MemoryBudget.Require(
        Of(model, plan, options, kernels, images, options.BatchSize),
        (needed, available) =>
        {
            int batchSize = Math.Min(options.BatchSize, images);
            int fitting = LargestBatch(model, plan, options, kernels, images, available);
            string advice = fitting >= 1
                ? $"A batch size of {fitting} would fit: use it or a smaller one (32 is usual), compute each batch in more parts (AccumulationSteps), use fewer threads, or end other programs."
                : "No batch size would fit: use fewer threads or a smaller network, or end other programs.";
            return $"Training {model.Name} in batches of {batchSize} on {options.Threads} thread{(options.Threads == 1 ? "" : "s")} needs {needed}. {advice}";
        });

    private static long Of(Model model, ExecutionPlan plan, TrainingOptions options, KernelSet kernels, int? images, int batchSize)
    {
        long step = TrainingStep.BytesFor(model, plan, options, kernels, Math.Min(batchSize, images ?? batchSize));
        if (images is not { } count)
        {
            return step;
        }

        // The loss of a batch is a float, the position of an image in the order of the epoch an integer.
        long batches = ((long)count + batchSize - 1) / batchSize * options.Epochs;
        return step + (sizeof(float) * Math.Min(batches, Array.MaxLength)) + (sizeof(int) * (long)count);
    }

    /// <summary>The largest batch for which the memory is enough; 0 if there is none. A larger batch never needs less, except for rounding to shards.</summary>
    private static int LargestBatch(Model model, ExecutionPlan plan, TrainingOptions options, KernelSet kernels, int images, long available)
    {
        int fits = 0;
        int fails = Math.Min(options.BatchSize, images);
        while (fails - fits > 1)
        {
            int middle = fits + ((fails - fits) / 2);
            if (Of(model, plan, options, kernels, images, middle) <= available)
            {
                fits = middle;
            }
            else
            {
                fails = middle;
            }
        }

        return fits;
    }
}
