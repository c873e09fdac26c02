using Cnn.Evaluation;
using ScottPlot;
using ScottPlot.Plottables;

namespace Cnn.Plots;

/// <summary>The recall of each class as a bar.</summary>
public static class RecallPlot
{
    private const int Margin = 110;
    private const int LeastWidth = 480;

    /// <summary>Draws the recall of each class.</summary>
    /// <param name="report">The report.</param>
    /// <param name="title">The title; if null, the images and the accuracy.</param>
    /// <returns>The figure.</returns>
    public static Figure Of(AccuracyReport report, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        int classes = report.Classes.Count;
        int width = Math.Max(LeastWidth, Margin + (classes * Math.Clamp(1600 / classes, 16, 64)));
        double room = (width - Margin) / (double)classes;
        var plot = new Plot();
        BarPlot bars = plot.Add.Bars(report.Classes.Select((c, index) => new Bar
        {
            Position = index,
            Value = c.Count == 0 ? 0 : 100 * c.Recall,
            FillColor = Chart.Of(PlotColors.Main),
            LineWidth = 0,
            Size = 0.7,
        }).ToArray());
        for (int index = 0; index < classes && room >= 20; index++)
        {
            ClassAccuracy c = report.Classes[index];
            Text label = plot.Add.Text(c.Count == 0 ? "none" : FormattableString.Invariant($"{100 * c.Recall:F1}"), index, bars.Bars[index].Value);
            Chart.Style(label, PlotColors.Axis);
            label.LabelAlignment = Alignment.LowerCenter;
            label.OffsetY = -2;
        }

        plot.Axes.SetLimits(-0.6, classes - 0.4, 0, 107);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericFixedInterval(20);
        plot.Grid.XAxisStyle.IsVisible = false;
        Chart.NameTicks(plot.Axes.Bottom, [.. report.Classes.Select(c => c.Name)], room);
        return new Chart(plot, "Class", "Recall (% of the class's images)")
        {
            Title = title ?? FormattableString.Invariant($"{report.Images}: recall of each class, accuracy {100 * report.Accuracy:F2} %"),
            Size = (width, 460),
        };
    }
}
