using Cnn.Training;
using ScottPlot;
using ScottPlot.Plottables;

namespace Cnn.Plots;

/// <summary>The loss of each batch of a training, raw and smoothed.</summary>
public static class LossPlot
{
    /// <summary>The smoothed curve is a mean over this fraction of the batches.</summary>
    internal const int Windows = 50;

    /// <summary>The value that is drawn for a loss of zero, which has no logarithm.</summary>
    private const double LeastLoss = 1e-12;

    /// <summary>
    /// Draws the loss of each batch, and the validation loss after each epoch if there is one. The scale is logarithmic, because most of a training takes
    /// place far below the initial loss.
    /// </summary>
    /// <param name="result">The result of the training.</param>
    /// <param name="title">The title; if null, the model and the number of epochs.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException"><c>PlotNoData</c>: the training was stopped before its first batch.</exception>
    public static Figure Of(TrainingResult result, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        double[] losses = [.. result.History.Losses.Select(loss => (double)loss)];
        if (losses.Length == 0)
        {
            throw new CnnException(
                "PlotNoData", CnnErrorKind.InvalidArgument, "There is no loss to draw: the training was stopped before its first batch. Continue it.")
            { Target = result };
        }

        var plot = new Plot();
        Signal raw = plot.Add.Signal(Logarithms(losses), color: Chart.Of(PlotColors.Tint(PlotColors.Main, 0.35)));
        raw.LegendText = "each batch";
        raw.LineWidth = 1;
        raw.MarkerStyle.IsVisible = losses.Length == 1;
        int reach = losses.Length / Windows / 2;
        double[] means = RunningMean(losses, reach);
        if (reach > 0)
        {
            Signal smooth = plot.Add.Signal(Logarithms(means), color: Chart.Of(PlotColors.Main));
            smooth.LegendText = FormattableString.Invariant($"mean of {(2 * reach) + 1:N0} batches");
            smooth.LineWidth = 2.5f;
            smooth.MarkerStyle.IsVisible = false;
        }

        AddValidation(plot, result.History, losses.Length, result.Options.BatchSize);

        // Single batches may come close to zero: the smoothed curve decides the range.
        double low = Math.Log10(Math.Max(LeastLoss, means.Min() / 10));
        double high = Math.Log10(Math.Max(LeastLoss, losses.Max() * 1.3));
        plot.Axes.SetLimits(-0.01 * losses.Length, 1.01 * losses.Length, low, high);
        plot.Axes.Left.TickGenerator = Chart.LogarithmicTicks(low, high);
        return new Chart(plot, "Batch", "Loss (nats an image, logarithmic)") { Title = title ?? DefaultTitle(result) }.WithLegend(Alignment.UpperRight);
    }

    /// <summary>
    /// The mean of the values around each one. At the beginning, where a loss falls fast, it uses no more values after it than before it; at the end, the
    /// values that are there.
    /// </summary>
    /// <param name="values">The values.</param>
    /// <param name="reach">The number of values on either side that are averaged.</param>
    /// <returns>As many means as values.</returns>
    internal static double[] RunningMean(double[] values, int reach)
    {
        double[] sums = new double[values.Length + 1];
        for (int index = 0; index < values.Length; index++)
        {
            sums[index + 1] = sums[index] + values[index];
        }

        return
        [
            .. values.Select((_, index) =>
            {
                int before = Math.Min(reach, index);
                int behind = Math.Min(before, values.Length - 1 - index);
                return (sums[index + behind + 1] - sums[index - before]) / (before + behind + 1);
            }),
        ];
    }

    /// <summary>The values that a logarithmic scale shows for losses.</summary>
    /// <param name="losses">The losses.</param>
    /// <returns>Their logarithms to ten.</returns>
    internal static double[] Logarithms(IEnumerable<double> losses) => [.. losses.Select(loss => Math.Log10(Math.Max(LeastLoss, loss)))];

    private static void AddValidation(Plot plot, TrainingHistory history, int batches, int batchSize)
    {
        EpochRecord[] measured = [.. history.Epochs.Where(epoch => epoch.ValidationLoss is double loss && double.IsFinite(loss))];
        if (measured.Length == 0)
        {
            return;
        }

        double batchesPerEpoch = Math.Ceiling(Math.Round(measured[0].ImagesPerSecond * measured[0].Duration.TotalSeconds) / batchSize);
        Markers points = plot.Add.Markers(
            measured.Select(epoch => Math.Min(batches, epoch.Epoch * batchesPerEpoch)).ToArray(),
            Logarithms(measured.Select(epoch => epoch.ValidationLoss!.Value)),
            size: 8,
            color: Chart.Of(PlotColors.Second));
        points.LegendText = "validation, each epoch";
    }

    private static string DefaultTitle(TrainingResult result)
    {
        int epochs = result.History.Epochs.Count;
        string length = result.IsStopped ? $"stopped after {epochs} epoch{(epochs == 1 ? "" : "s")}" : $"{epochs} epoch{(epochs == 1 ? "" : "s")}";
        return FormattableString.Invariant($"{result.Model.Name}: loss over {length}, batches of {result.Options.BatchSize}");
    }
}
