using Cnn.Training;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Cnn.Plots;

/// <summary>Several trainings in one figure, one line each, with a legend.</summary>
public static class RunsPlot
{
    /// <summary>Draws the loss of each training over its batches, smoothed; the scale is logarithmic.</summary>
    /// <param name="runs">The trainings, each with its name in the legend.</param>
    /// <param name="title">The title; if null, the number of trainings.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException"><c>PlotNoData</c>: a training was stopped before its first batch.</exception>
    public static Figure OfLoss(IReadOnlyList<(string Name, TrainingResult Result)> runs, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var plot = new Plot();
        double low = double.PositiveInfinity;
        double high = double.NegativeInfinity;
        foreach (((string name, TrainingResult result), int run) in runs.Select((run, index) => (run, index)))
        {
            double[] losses = [.. result.History.Losses.Select(loss => (double)loss)];
            if (losses.Length == 0)
            {
                throw NoData(name, result, "the training was stopped before its first batch. Continue it, or leave it out.");
            }

            double[] means = LossPlot.Logarithms(LossPlot.RunningMean(losses, Math.Max(1, losses.Length / LossPlot.Windows / 2)));
            Signal line = plot.Add.Signal(means, color: Chart.Of(PlotColors.OfRun(run)));
            line.LegendText = name;
            line.LineWidth = 2;
            line.MarkerStyle.IsVisible = losses.Length == 1;
            (low, high) = (Math.Min(low, means.Min()), Math.Max(high, means.Max()));
        }

        int batches = runs.Max(run => run.Result.History.Losses.Count);
        plot.Axes.SetLimits(-0.01 * batches, 1.01 * batches, low - 0.1, high + 0.1);
        plot.Axes.Left.TickGenerator = Chart.LogarithmicTicks(low - 0.1, high + 0.1);
        return new Chart(plot, "Batch", "Loss (nats an image, smoothed, logarithmic)")
        {
            Title = title ?? FormattableString.Invariant($"Loss of {runs.Count} trainings"),
        }.WithLegend(Alignment.UpperRight);
    }

    /// <summary>Draws the accuracy of each training on the validation images, epoch by epoch.</summary>
    /// <param name="runs">The trainings, each with its name in the legend.</param>
    /// <param name="title">The title; if null, the number of trainings.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException"><c>PlotNoData</c>: no epoch of a training was measured.</exception>
    public static Figure OfAccuracy(IReadOnlyList<(string Name, TrainingResult Result)> runs, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var plot = new Plot();
        List<double> all = [];
        foreach (((string name, TrainingResult result), int run) in runs.Select((run, index) => (run, index)))
        {
            EpochRecord[] measured = [.. result.History.Epochs.Where(epoch => epoch.ValidationAccuracy is not null)];
            if (measured.Length == 0)
            {
                throw NoData(name, result, "no epoch was measured. Pass validation images to the training (-ValidationData), or leave it out.");
            }

            double[] accuracies = [.. measured.Select(epoch => 100 * epoch.ValidationAccuracy!.Value)];
            Scatter line = plot.Add.Scatter(measured.Select(epoch => (double)epoch.Epoch).ToArray(), accuracies, Chart.Of(PlotColors.OfRun(run)));
            line.LegendText = name;
            line.LineWidth = 2;
            line.MarkerSize = 7;
            all.AddRange(accuracies);
        }

        double margin = Math.Max(0.25, 0.15 * (all.Max() - all.Min()));
        plot.Axes.SetLimits(0.5, runs.Max(run => run.Result.History.Epochs.Count) + 0.5, all.Min() - margin, all.Max() + margin);
        plot.Axes.Left.TickGenerator = Chart.PercentTicks(plot.Axes.GetLimits().VerticalRange.Span);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        return new Chart(plot, "Epoch", "Accuracy on the validation images (%)")
        {
            Title = title ?? FormattableString.Invariant($"Accuracy of {runs.Count} trainings after each epoch"),
        }.WithLegend(Alignment.LowerRight);
    }

    private static CnnException NoData(string name, TrainingResult result, string why) =>
        new("PlotNoData", CnnErrorKind.InvalidArgument, $"There is nothing to draw for '{name}': {why}") { Target = result };
}
