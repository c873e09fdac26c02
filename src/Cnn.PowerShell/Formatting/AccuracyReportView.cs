using System.Globalization;
using System.Text;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;

namespace Cnn.PowerShell.Formatting;

/// <summary>The view of an accuracy report at the prompt.</summary>
public static class AccuracyReportView
{
    /// <summary>A wider terminal does not make it easier to read.</summary>
    private const int MostWidth = 79;
    private const int LeastWidthForF1 = 60;
    private const int MostClasses = 20;
    private const int MostConfusions = 5;
    private const int MostBarWidth = 16;
    private const int LeastBarWidth = 4;
    private const int PercentWidth = 8;
    private const int CountWidth = 8;
    private static readonly int[] ShownTops = [2, 3, 5];

    /// <summary>Writes the report: accuracy with its interval, loss, a row with bars for each class, the most frequent confusions.</summary>
    /// <param name="report">The report.</param>
    /// <param name="width">The width in cells.</param>
    /// <returns>The lines, as one text.</returns>
    public static string Text(AccuracyReport report, int width)
    {
        width = Math.Min(width, MostWidth);
        var text = new StringBuilder();
        foreach ((string name, string value) in new[]
        {
            ("Model", report.Model is Model { Path: { } path } ? $"{report.Model.Name} ({Path.GetFileName(path)})" : report.Model.Name),
            ("Images", Format($"{report.Images}, {report.Count:N0}")),
            ("Classes", report.ClassMatching == ClassMatching.Number ? "by number: the model or the images have no class names" : ""),
            ("Looks", report.TestTimeAugmentation is { } testTime ? Format($"each image as it is, and {testTime.Count} times with {testTime.Augmentation}") : ""),
            ("Accuracy", Format($"{report.Accuracy:P2} ({report.Correct:N0} right)")),
            ("Interval", Format($"{report.AccuracyInterval.Lower:P2} to {report.AccuracyInterval.Upper:P2} ({ConfidenceInterval.Percent} % confidence)")),
            ("Balanced", Format($"{Percent(report.BalancedAccuracy)} mean recall, macro F1 {Percent(report.MacroF1)}")),
            ("Top", report.TopAccuracies.Count > 2 ? string.Join(", ", report.TopAccuracies.Skip(1).Where(top => ShownTops.Contains(top.Top)).Select(top => Format($"{top.Top}: {top.Accuracy:P2}"))) : ""),
            ("ECE", double.IsNaN(report.CalibrationError) ? "" : Format($"{report.CalibrationError:P2} expected calibration error")),
            ("Loss", Format($"{report.Loss:F4}")),
            ("Time", Format($"{report.Duration.TotalSeconds:F2} s ({report.ImagesPerSecond:N0} images/s)")),
        }.Where(row => row.Item2.Length > 0))
        {
            AppendRow(text, $"{name,-8} : ", value, width);
        }

        text.AppendLine();
        AppendClasses(text, report, width);
        AppendConfusions(text, report, width);
        return text.ToString();
    }

    private static void AppendClasses(StringBuilder text, AccuracyReport report, int width)
    {
        ClassAccuracy[] classes = [.. report.Classes];
        if (classes.Length > MostClasses)
        {
            classes = [.. classes.OrderBy(c => double.IsNaN(c.Recall) ? double.PositiveInfinity : c.Recall).Take(MostClasses)];
            AppendRow(text, "", Format($"The {MostClasses} of {report.Classes.Count} classes with the lowest recall (all: Classes)"), width);
        }

        // The name, two shares each with a bar, F1, and the count. If the line is too short, F1 is dropped, then the name is shortened, then the bars.
        bool hasF1 = width >= LeastWidthForF1;
        int numbers = (2 * (PercentWidth + 1)) + CountWidth + (hasF1 ? PercentWidth : 0);
        int longest = Math.Max("Class".Length, classes.Max(c => Cells.Count(c.Name)));
        int name = Math.Clamp(width - numbers - (2 * (LeastBarWidth + 1)), "Class".Length, longest);
        int bar = Math.Min(MostBarWidth, ((width - numbers - name) / 2) - 1);
        bar = bar < LeastBarWidth ? 0 : bar;
        string Share(double share) => $"{Percent(share),PercentWidth} {Bar.Draw(share, bar)}{(bar > 0 ? " " : "")}";
        string Title(string title) => $"{(bar > 0 ? $"  {title}".PadRight(PercentWidth + bar + 2) : $"{title,PercentWidth} ")}";
        string F1(string share) => hasF1 ? share.PadLeft(PercentWidth) : "";
        text.AppendLine($"{Cells.Left("Class", name)}{Title("Recall")}{Title(bar > 0 ? "Precision" : "Prec.")}{F1("F1")}{"Count",CountWidth - 1}");
        text.AppendLine($"{Cells.Left("-----", name)}{Title("------")}{Title(bar > 0 ? "---------" : "-----")}{F1("--")}{"-----",CountWidth - 1}");
        foreach (ClassAccuracy c in classes)
        {
            text.AppendLine(Format($"{Cells.Left(c.Name, name)}{Share(c.Recall)}{Share(c.Precision)}{F1(Percent(c.F1))}{c.Count,CountWidth - 1:N0}"));
        }
    }

    private static void AppendConfusions(StringBuilder text, AccuracyReport report, int width)
    {
        if (report.Confusions.Count == 0)
        {
            return;
        }

        Confusion[] confusions = [.. report.Confusions.Take(MostConfusions)];
        string Name(Confusion confusion) => $"{confusion.Label} mistaken for {confusion.Prediction}";
        string title = "Confusions";
        const string Share = "  Of class";
        int numbers = CountWidth + Share.Length;
        int name = Math.Clamp(confusions.Max(confusion => Cells.Count(Name(confusion))), title.Length, Math.Max(title.Length, width - numbers));
        text.AppendLine();
        text.AppendLine(Format($"{Cells.Left(title, name)}{"Count",CountWidth}{Share}"));
        text.AppendLine(Format($"{Cells.Left(new string('-', title.Length), name)}{"-----",CountWidth}  {new string('-', Share.Length - 2)}"));
        foreach (Confusion confusion in confusions)
        {
            text.AppendLine(Format($"{Cells.Left(Name(confusion), name)}{confusion.Count,CountWidth:N0}{Percent(confusion.Share).PadLeft(Share.Length)}"));
        }
    }

    private static void AppendRow(StringBuilder text, string head, string value, int width) =>
        text.AppendLine(head + Cells.Left(value, width - head.Length).TrimEnd());

    /// <summary>The share is undefined: a class without images has no recall.</summary>
    private static string Percent(double share) => double.IsNaN(share) ? "-" : share.ToString("P1", CultureInfo.CurrentCulture);

    private static string Format(FormattableString text) => text.ToString(CultureInfo.CurrentCulture);
}
