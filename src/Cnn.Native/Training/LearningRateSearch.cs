using System.Collections.ObjectModel;

namespace Cnn.Training;

/// <summary>A batch of a search for a learning rate.</summary>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="Loss">The loss of the batch before the step, in nats an image.</param>
/// <param name="SmoothedLoss">The moving average of the loss, over about ten batches.</param>
public sealed record LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss)
{
    /// <summary>The rate of the step.</summary>
    public double LearningRate { get; } = LearningRate;

    /// <summary>The loss of the batch before the step, in nats an image.</summary>
    public double Loss { get; } = Loss;

    /// <summary>The moving average of the loss, over about ten batches.</summary>
    public double SmoothedLoss { get; } = SmoothedLoss;
}

/// <summary>The result of a search for a learning rate.</summary>
public sealed class LearningRateSearch
{
    /// <summary>The slope is taken over one more batch on either side for each multiple of this many batches.</summary>
    private const int Reach = 20;

    internal LearningRateSearch(string modelName, int batchSize, IList<LearningRatePoint> points, bool isDiverged)
    {
        (ModelName, BatchSize, IsDiverged) = (modelName, batchSize, isDiverged);
        Points = new ReadOnlyCollection<LearningRatePoint>(points);
        LearningRate = Steepest(points);
    }

    /// <summary>The rate at which the smoothed loss fell most steeply; null if it never fell.</summary>
    public double? LearningRate { get; }

    /// <summary>The name of the model.</summary>
    public string ModelName { get; }

    /// <summary>Images of a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Whether the loss diverged, and the search ended before its largest rate.</summary>
    public bool IsDiverged { get; }

    /// <summary>The batches, in the order of their rates.</summary>
    public ReadOnlyCollection<LearningRatePoint> Points { get; }

    /// <summary>The model and the rate.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{ModelName}: {(LearningRate is { } rate ? $"learning rate {rate:G3}" : "no learning rate")} of {Points.Count} batches");

    /// <summary>The slope over the logarithm of the rate, which grows evenly from batch to batch; batches after the smallest loss are ignored.</summary>
    private static double? Steepest(IList<LearningRatePoint> points)
    {
        int least = Enumerable.Range(0, points.Count).MinBy(index => points[index].SmoothedLoss);
        int reach = Math.Max(1, points.Count / Reach);
        double steepest = 0;
        double? rate = null;
        for (int index = reach; index <= least - reach; index++)
        {
            double slope = points[index + reach].SmoothedLoss - points[index - reach].SmoothedLoss;
            if (slope < steepest)
            {
                (steepest, rate) = (slope, points[index].LearningRate);
            }
        }

        return rate;
    }
}
