using Cnn.Evaluation;
using ScottPlot;
using ScottPlot.Plottables;

namespace Cnn.Plots;

/// <summary>The confusion matrix as a heat map, with the counts in its cells.</summary>
public static class ConfusionPlot
{
    private const int Margin = 130;

    /// <summary>
    /// Draws how many images of each class were classified as which class. Correct predictions are blue by their share of the class; wrong ones are orange by
    /// their count, with the most frequent mistake at full strength. On one scale with the correct predictions, no mistake would be visible.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <param name="title">The title; if null, the images and the number of mistakes.</param>
    /// <returns>The figure.</returns>
    public static Figure Of(AccuracyReport report, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        ConfusionMatrix matrix = report.ConfusionMatrix;
        int classes = matrix.ClassCount;
        int cell = Math.Clamp(1600 / classes, 16, 52);
        int mostMistakes = matrix.Confusions.Count == 0 ? 1 : matrix.Confusions[0].Count;
        var plot = new Plot();
        for (int label = 0; label < classes; label++)
        {
            int images = matrix.LabelCount(label);
            for (int prediction = 0; prediction < classes; prediction++)
            {
                int count = matrix[label, prediction];
                if (count > 0)
                {
                    bool right = label == prediction;
                    double share = right ? (double)count / images : (double)count / mostMistakes;
                    AddCell(plot, label, prediction, count, share, right, cell);
                }
            }
        }

        // The first class is on top, as in a table.
        plot.Axes.SetLimits(-0.5, classes - 0.5, classes - 0.5, -0.5);
        plot.Grid.XAxisStyle.IsVisible = plot.Grid.YAxisStyle.IsVisible = false;
        Chart.NameTicks(plot.Axes.Bottom, matrix.ClassNames, cell);
        Chart.NameTicks(plot.Axes.Left, matrix.ClassNames, cell);
        int side = Math.Max(420, (classes * cell) + Margin);
        int mistakes = report.Count - report.Correct;
        return new Chart(plot, "Prediction", "Label")
        {
            Title = title ?? FormattableString.Invariant($"{report.Images}: {mistakes:N0} mistake{(mistakes == 1 ? "" : "s")} in {report.Count:N0} images"),
            Size = (side + Chart.RoomForNames(matrix.ClassNames), side),
        };
    }

    private static void AddCell(Plot plot, int label, int prediction, int count, double share, bool right, int size)
    {
        Rectangle rectangle = plot.Add.Rectangle(prediction - 0.5, prediction + 0.5, label - 0.5, label + 0.5);
        rectangle.FillColor = Chart.Of(PlotColors.Tint(right ? PlotColors.Main : PlotColors.Second, 0.06 + (0.94 * share)));
        rectangle.LineColor = Colors.White;
        rectangle.LineWidth = 1;
        if (size < 24)
        {
            return;
        }

        Text text = plot.Add.Text(FormattableString.Invariant($"{count}"), prediction, label);
        Chart.Style(text, share > 0.7 ? SkiaSharp.SKColors.White : PlotColors.Ink);
        text.LabelAlignment = Alignment.MiddleCenter;
    }
}
