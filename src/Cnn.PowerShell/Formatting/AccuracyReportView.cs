using System.Globalization;
using System.Text;
using Cnn.Evaluation;

namespace Cnn.PowerShell.Formatting;

/// <summary>How the prompt shows an accuracy report.</summary>
public static class AccuracyReportView
{
    private const int BarWidth = 20;

    /// <summary>Writes the report: accuracy, loss, and a row with a bar for each class.</summary>
    /// <param name="report">The report.</param>
    /// <returns>The lines, in one text.</returns>
    public static string Text(AccuracyReport report)
    {
        int name = Math.Max("Class".Length, report.Classes.Max(c => c.Name.Length));
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.CurrentCulture, $"Model    : {report.Model.Name}");
        text.AppendLine(CultureInfo.CurrentCulture, $"Images   : {report.Images}, {report.Count:N0}");
        text.AppendLine(CultureInfo.CurrentCulture, $"Accuracy : {report.Accuracy:P2} ({report.Correct:N0} right)");
        text.AppendLine(CultureInfo.CurrentCulture, $"Loss     : {report.Loss:F4}");
        text.AppendLine(CultureInfo.CurrentCulture, $"Time     : {report.Duration.TotalSeconds:F2} s ({report.ImagesPerSecond:N0} images/s)");
        text.AppendLine();
        text.AppendLine($"{"Class".PadRight(name)}   Recall {new string(' ', BarWidth)}  Precision   Count");
        text.AppendLine($"{"-----".PadRight(name)}   ------ {new string(' ', BarWidth)}  ---------   -----");
        foreach (ClassAccuracy c in report.Classes)
        {
            text.AppendLine(
                CultureInfo.CurrentCulture,
                $"{c.Name.PadRight(name)} {Percent(c.Recall),8} {Bar.Draw(c.Recall, BarWidth)}  {Percent(c.Precision),9} {c.Count,7:N0}");
        }

        return text.ToString();
    }

    /// <summary>A share of nothing is no number: a class without images has no recall.</summary>
    private static string Percent(double share) => double.IsNaN(share) ? "-" : share.ToString("P1", CultureInfo.CurrentCulture);
}
