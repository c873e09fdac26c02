using Cnn.Sweeps;
using ScottPlot;
using ScottPlot.Plottables;

namespace Cnn.Plots;

/// <summary>The accuracy of the trials of a sweep, over one or two of the parameters that it varies.</summary>
public static class SweepPlot
{
    private const int CellWidth = 88;
    private const int CellHeight = 50;

    /// <summary>
    /// Draws the accuracy over one parameter (points for the trials, a line through the means) or two (a heat map of the means if the trials are a grid,
    /// coloured points if they were drawn at random). Other parameters, for example seeds, are averaged over.
    /// </summary>
    /// <param name="results">The results of the trials.</param>
    /// <param name="parameters">One or two names; if null, all that vary except seeds.</param>
    /// <param name="title">The title; if null, the parameters and the best accuracy.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="CnnException">
    /// <c>PlotNoData</c>: no trial has an accuracy. <c>PlotParameter</c>: nothing varies, or too much, or a parameter is unknown.
    /// </exception>
    public static Figure Of(IReadOnlyCollection<SweepResult> results, IReadOnlyList<string>? parameters = null, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(results);
        if (!results.Any(result => result.Accuracy is not null))
        {
            throw new CnnException(
                "PlotNoData",
                CnnErrorKind.InvalidArgument,
                results.Count == 0 ? "There is no trial to draw." : $"There is no accuracy to draw: all {results.Count} trials failed. Check their errors.");
        }

        SweepAxis[] axes = [.. SweepAxis.Choose(results, parameters)];
        return axes switch
        {
            [SweepAxis only] => OverOne(results, only, title),
            [SweepAxis across, SweepAxis up] when across.IsNumber && up.IsNumber && !IsGrid(results, across, up) => Scattered(results, across, up, title),
            _ => OverTwo(results, axes[0], axes[1], title),
        };
    }

    private static Chart OverOne(IReadOnlyCollection<SweepResult> results, SweepAxis axis, string? title)
    {
        (double X, double Accuracy)[] points = [.. Measured(results).Select(result => (axis.Position(result.Trial), Percent(result)))];
        (double X, double Accuracy)[] means =
            [.. points.GroupBy(point => point.X, (x, group) => (x, group.Average(point => point.Accuracy))).OrderBy(mean => mean.x)];
        bool averaged = means.Length < points.Length;
        double low = points.Min(point => point.Accuracy);
        double high = points.Max(point => point.Accuracy);
        var plot = new Plot();
        Chart chart = new(plot, axis.Name, "Accuracy on the validation images (%)")
        {
            Title = title ?? FormattableString.Invariant($"Accuracy by {axis.Name}, best {high:F2} %"),
        };
        if (averaged)
        {
            Markers trials = plot.Add.Markers(
                [.. points.Select(point => point.X)], points.Select(point => point.Accuracy).ToArray(), size: 7, color: Chart.Of(PlotColors.Tint(PlotColors.Main, 0.4)));
            trials.LegendText = "each trial";
            chart.WithLegend(Alignment.UpperRight);
        }

        Scatter line = plot.Add.Scatter([.. means.Select(mean => mean.X)], means.Select(mean => mean.Accuracy).ToArray(), Chart.Of(PlotColors.Main));
        line.LineWidth = axis.IsNumber ? 2 : 0;
        line.MarkerSize = 9;
        line.LegendText = averaged ? "mean" : "";

        // Room for the legend above.
        double margin = Math.Max(0.25, 0.1 * (high - low));
        plot.Axes.SetLimitsY(low - margin, high + ((averaged ? 2.5 : 1) * margin));
        plot.Axes.Left.TickGenerator = Chart.PercentTicks(plot.Axes.GetLimits().VerticalRange.Span);
        axis.Apply(plot.Axes.Bottom, 680);
        return chart;
    }

    private static Chart OverTwo(IReadOnlyCollection<SweepResult> results, SweepAxis across, SweepAxis up, string? title)
    {
        var cells = results.GroupBy(result => (Column: across.Rank(result.Trial), Row: up.Rank(result.Trial))).OrderBy(cell => cell.Key).ToArray();
        double[] means = [.. cells.Where(cell => Measured(cell).Any()).Select(Mean)];
        (double low, double high) = (means.Min(), means.Max());
        bool averaged = Measured(results).Count() > means.Length;
        var plot = new Plot();
        foreach (var cell in cells)
        {
            bool failed = !Measured(cell).Any();
            double share = failed ? 0 : high > low ? (Mean(cell) - low) / (high - low) : 1;
            Rectangle rectangle = plot.Add.Rectangle(cell.Key.Column - 0.5, cell.Key.Column + 0.5, cell.Key.Row - 0.5, cell.Key.Row + 0.5);
            rectangle.FillColor = Chart.Of(failed ? PlotColors.Grid : PlotColors.Tint(PlotColors.Main, 0.1 + (0.9 * share)));
            rectangle.LineColor = Colors.White;
            rectangle.LineWidth = 1;
            Text text = plot.Add.Text(failed ? "failed" : FormattableString.Invariant($"{Mean(cell):F2}"), cell.Key.Column, cell.Key.Row);
            Chart.Style(text, share > 0.6 ? SkiaSharp.SKColors.White : PlotColors.Ink);
            text.LabelAlignment = Alignment.MiddleCenter;
        }

        plot.Axes.SetLimits(-0.5, across.Names.Count - 0.5, -0.5, up.Names.Count - 0.5);
        plot.Grid.XAxisStyle.IsVisible = plot.Grid.YAxisStyle.IsVisible = false;
        Chart chart = new(plot, across.Name, up.Name)
        {
            Title = title ?? FormattableString.Invariant($"{(averaged ? "Mean accuracy" : "Accuracy")} (%) by {across.Name} and {up.Name}, best trial {Measured(results).Max(Percent):F2} %"),
            Size = (
                Math.Clamp((across.Names.Count * CellWidth) + 100 + Chart.RoomForNames(up.Names), 560, Figure.MostSide),
                Math.Clamp((up.Names.Count * CellHeight) + 120, 300, Figure.MostSide)),
        };
        Chart.NameTicks(plot.Axes.Bottom, across.Names, CellWidth);
        Chart.NameTicks(plot.Axes.Left, up.Names, CellHeight);
        return chart;
    }

    private static Chart Scattered(IReadOnlyCollection<SweepResult> results, SweepAxis across, SweepAxis up, string? title)
    {
        SweepResult[] measured = [.. Measured(results).OrderBy(result => result.Accuracy)];
        (double low, double high) = (Percent(measured[0]), Percent(measured[^1]));
        var plot = new Plot();
        foreach (SweepResult result in measured)
        {
            double share = high > low ? (Percent(result) - low) / (high - low) : 1;
            plot.Add.Marker(
                across.Position(result.Trial),
                up.Position(result.Trial),
                size: 12,
                color: Chart.Of(PlotColors.Tint(PlotColors.Main, 0.12 + (0.88 * share))));
        }

        Trial best = measured[^1].Trial;
        Text text = plot.Add.Text(FormattableString.Invariant($"{high:F2} %"), across.Position(best), up.Position(best));
        Chart.Style(text, PlotColors.Ink);
        text.LabelAlignment = Alignment.LowerCenter;
        text.OffsetY = -8;
        Chart chart = new(plot, across.Name, up.Name)
        {
            Title = title ?? FormattableString.Invariant($"Accuracy by {across.Name} and {up.Name}, from {low:F2} % (light) to {high:F2} % (dark)"),
        };
        across.Apply(plot.Axes.Bottom, 680);
        up.Apply(plot.Axes.Left, 380);
        return chart;
    }

    /// <summary>Whether at least half of all pairs of values were tried: values drawn at random hardly ever coincide.</summary>
    private static bool IsGrid(IReadOnlyCollection<SweepResult> results, SweepAxis across, SweepAxis up) =>
        2 * results.Select(result => (across.Rank(result.Trial), up.Rank(result.Trial))).Distinct().Count() >= across.Names.Count * up.Names.Count;

    private static IEnumerable<SweepResult> Measured(IEnumerable<SweepResult> results) => results.Where(result => result.Accuracy is not null);

    private static double Percent(SweepResult measured) => 100 * measured.Accuracy!.Value;

    private static double Mean(IEnumerable<SweepResult> results) => Measured(results).Average(Percent);
}
