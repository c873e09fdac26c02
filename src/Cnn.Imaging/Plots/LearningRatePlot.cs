using Cnn.Training;
using ScottPlot;
using ScottPlot.Plottables;

namespace Cnn.Plots;

/// <summary>The loss over the learning rate, in a search for a learning rate.</summary>
public static class LearningRatePlot
{
    /// <summary>Draws the loss of each batch and the smoothed loss, with a line at the rate that was found.</summary>
    /// <param name="search">The search.</param>
    /// <param name="title">The title; if null, the model and the rate.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException"><c>PlotNoData</c>: the first batch diverged.</exception>
    public static Figure Of(LearningRateSearch search, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(search);
        if (search.Points.Count == 0)
        {
            throw new CnnException(
                "PlotNoData", CnnErrorKind.InvalidArgument, "There is no loss to draw: the search diverged with its first batch. Start with a smaller rate (-MinimumLearningRate).")
            { Target = search };
        }

        double[] rates = [.. search.Points.Select(point => Math.Log10(point.LearningRate))];
        double[] losses = [.. search.Points.Select(point => point.Loss)];
        double[] smoothed = [.. search.Points.Select(point => point.SmoothedLoss)];
        var plot = new Plot();
        Scatter raw = plot.Add.ScatterLine(rates, losses, Chart.Of(PlotColors.Tint(PlotColors.Main, 0.35)));
        raw.LegendText = "each batch";
        raw.LineWidth = 1;
        Scatter smooth = plot.Add.ScatterLine(rates, smoothed, Chart.Of(PlotColors.Main));
        smooth.LegendText = "smoothed";
        smooth.LineWidth = 2.5f;
        if (search.LearningRate is { } found)
        {
            VerticalLine line = plot.Add.VerticalLine(Math.Log10(found), 2, Chart.Of(PlotColors.Second));
            line.LegendText = FormattableString.Invariant($"steepest at {found:G3}");
        }

        // The diverging part would leave no room for the rest.
        double low = Math.Min(losses.Min(), smoothed.Min());
        double high = Math.Max(smoothed[0] * 1.5, low + 1e-3);
        double margin = 0.05 * (high - low);
        plot.Axes.SetLimits(rates[0] - 0.05, Math.Max(rates[^1], rates[0] + 0.1) + 0.05, low - margin, high);
        plot.Axes.Bottom.TickGenerator = Chart.LogarithmicTicks(rates[0], rates[^1]);
        return new Chart(plot, "Learning rate (logarithmic)", "Loss (nats an image)")
        {
            Title = title ?? FormattableString.Invariant(
                $"{search.ModelName}: {(search.LearningRate is { } rate ? $"the loss falls most steeply at a learning rate of {rate:G3}" : "the loss never fell")}"),
        }.WithLegend(Alignment.LowerLeft);
    }
}
