using Cnn.Training;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Cnn.Plots;

/// <summary>The accuracy on the validation images after each epoch of a training.</summary>
public static class AccuracyPlot
{
    /// <summary>Draws the accuracy of each epoch.</summary>
    /// <param name="result">The result of the training.</param>
    /// <param name="title">The title; if null, the model and the best epoch.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException"><c>PlotNoData</c>: no epoch was measured.</exception>
    public static Figure Of(TrainingResult result, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        EpochRecord[] measured = [.. result.History.Epochs.Where(epoch => epoch.ValidationAccuracy is not null)];
        if (measured.Length == 0)
        {
            throw new CnnException(
                "PlotNoData",
                CnnErrorKind.InvalidArgument,
                "There is no accuracy to draw: no epoch was measured. Pass validation images to the training (-ValidationData).")
            { Target = result };
        }

        double[] epochs = [.. measured.Select(epoch => (double)epoch.Epoch)];
        double[] accuracies = [.. measured.Select(epoch => 100 * epoch.ValidationAccuracy!.Value)];
        var plot = new Plot();
        Scatter line = plot.Add.Scatter(epochs, accuracies, Chart.Of(PlotColors.Main));
        line.LineWidth = 2;
        line.MarkerSize = 8;
        EpochRecord best = measured.MaxBy(epoch => epoch.ValidationAccuracy)!;
        double bestAccuracy = 100 * best.ValidationAccuracy!.Value;
        Text label = plot.Add.Text(FormattableString.Invariant($"{bestAccuracy:F2} %"), best.Epoch, bestAccuracy);
        Chart.Style(label, PlotColors.Main);
        label.LabelAlignment = Alignment.LowerCenter;
        label.OffsetY = -8;

        // Room for the labels at the top, and at most half a percent below zero.
        double low = accuracies.Min();
        double margin = Math.Max(0.25, 0.15 * (accuracies.Max() - low));
        plot.Axes.SetLimits(epochs[0] - 0.5, epochs[^1] + 0.5, low - margin, accuracies.Max() + (1.5 * margin));
        plot.Axes.Left.TickGenerator = Chart.PercentTicks(plot.Axes.GetLimits().VerticalRange.Span);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        return new Chart(plot, "Epoch", "Accuracy on the validation images (%)")
        {
            Title = title ?? FormattableString.Invariant($"{result.Model.Name}: accuracy after each epoch, best {bestAccuracy:F2} % after epoch {best.Epoch}"),
        };
    }
}
