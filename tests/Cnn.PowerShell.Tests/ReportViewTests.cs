using System.Text.RegularExpressions;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.PowerShell.Formatting;

namespace Cnn.PowerShell.Tests;

/// <summary>Reports with names of classes as people have them, with many classes, on terminals of all widths.</summary>
public sealed class ReportViewTests : IClassFixture<Session>
{
    private static readonly Func<int, string>[] Names =
    [
        c => $"{c}",
        c => ((char)('a' + (c % 26))).ToString() + (c / 26),
        c => $"a class with a long name, as the folder of a person's own pictures may have it, number {c}",
        c => $"一种植物的名字{c}",
        c => c % 2 == 0 ? $"line\nbreak{c}" : $"e\u0301te\u0301 😀{c}",
    ];

    private readonly Session _session;

    public ReportViewTests(Session session) => _session = session;

    public static TheoryData<int, int, int> Cases
    {
        get
        {
            TheoryData<int, int, int> cases = new() { { 256, 79, 2 } };
            foreach (int classes in new[] { 2, 10, 100 })
            {
                foreach (int width in new[] { 30, 44, 60, 79, 120, 300 })
                {
                    for (int names = 0; names < Names.Length; names++)
                    {
                        cases.Add(classes, width, names);
                    }
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_report_fits_and_has_its_numbers_in_columns(int classes, int width, int names)
    {
        AccuracyReport report = Report(classes, Names[names]);
        string[] lines = Lines(AccuracyReportView.Text(report, width));
        Assert.All(lines, line => Assert.True(Cells.Count(line) <= width, line));
        int head = Array.FindIndex(lines, line => line.StartsWith("-----"));
        string[] rows = lines[(head + 1)..Array.FindIndex(lines, head + 1, line => line.Length == 0)];
        Assert.Equal(Math.Min(classes, 20), rows.Length);
        Assert.Single(rows.Select(Cells.Count).Distinct());
        Assert.Contains(lines, line => line.StartsWith("Confusions"));
        Assert.Equal(Math.Min(5, report.Confusions.Count), lines[Array.FindIndex(lines, line => line.StartsWith("----------"))..].Count(line => line.Length > 0) - 1);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_confusion_matrix_fits_and_shows_every_count(int classes, int width, int names)
    {
        ConfusionMatrix matrix = Report(classes, Names[names]).ConfusionMatrix;
        string text = ConfusionMatrixView.Text(matrix, width);
        Assert.All(Lines(text), line => Assert.True(Cells.Count(line) <= width, line));

        // After the name of the row, which is a third of the line at most, stand the counts of the block.
        string[][] blocks = [.. text.ReplaceLineEndings("\n").TrimEnd('\n').Split("\n\n").Select(block => block.Split('\n'))];
        var counts = new int[classes, classes];
        int first = 0;
        foreach (string[] block in blocks)
        {
            int columns = Regex.Count(block[1], "-+") - 1;
            Assert.Equal(classes + 2, block.Length);
            for (int label = 0; label < classes; label++)
            {
                string[] numbers = block[label + 2].Split(' ', StringSplitOptions.RemoveEmptyEntries)[^columns..];
                for (int c = 0; c < columns; c++)
                {
                    counts[label, first + c] = numbers[c] == "·" ? 0 : int.Parse(numbers[c]);
                }
            }

            first += columns;
        }

        Assert.Equal(classes, first);
        Assert.Equal(matrix.ToArray(), counts);
    }

    [Fact]
    public void A_confusion_matrix_shows_the_names_where_they_fit()
    {
        _session.Set("matrix", Report(3, c => new[] { "cat", "dog", "mouse" }[c]).ConfusionMatrix);
        Assert.Equal(
            ["Label cat dog mouse", "----- --- --- -----", "cat     2   1     ·", "dog     ·   3     1", "mouse   1   ·     4"],
            Lines(_session.Show("$matrix")).Where(line => line.Length > 0));
    }

    [Fact]
    public void A_confusion_matrix_shows_numbers_where_the_names_do_not_fit()
    {
        ConfusionMatrix matrix = Report(3, c => new[] { "Pomeranian", "Chihuahua", "Great Dane" }[c]).ConfusionMatrix;
        Assert.Equal(
            ["Label      0 1 2", "-----      - - -", "0 Pomeran… 2 1 ·", "1 Chihuah… · 3 1", "2 Great D… 1 · 4"],
            Lines(ConfusionMatrixView.Text(matrix, 31)).Where(line => line.Length > 0));
    }

    [Fact]
    public void Of_many_classes_a_report_shows_the_weakest()
    {
        string[] lines = Lines(AccuracyReportView.Text(Report(100, c => $"{c}"), 79));
        Assert.Contains("The 20 of 100 classes with the lowest recall (all: Classes)", lines);
        string[] rows = lines[(Array.FindIndex(lines, line => line.StartsWith("-----")) + 1)..];
        Assert.StartsWith("0 ", rows[0]);
        Assert.StartsWith("1 ", rows[1]);
    }

    [Fact]
    public void A_report_without_mistakes_has_no_confusions()
    {
        string[] lines = Lines(AccuracyReportView.Text(Report(2, c => $"{c}", mistakes: false), 79));
        Assert.DoesNotContain(lines, line => line.StartsWith("Confusions"));
        Assert.Contains(lines, line => line.StartsWith("Interval : ") && line.EndsWith("100.00 % (95 % confidence)"));
    }

    [Fact]
    public void Mistakes_and_confusions_are_tables()
    {
        _session.Set("report", Report(3, c => new[] { "cat", "dog", "mouse" }[c]));
        string[] lines = Lines(_session.Show("$report.Misclassified"));
        Assert.Matches("Index +Label +Prediction +Probability +OfLabel", string.Join('\n', lines));
        Assert.Contains(lines, line => Regex.IsMatch(line, "^ +2 +cat +dog +57.61 % +21.19 %$"));
        lines = Lines(_session.Show("$report.Confusions"));
        Assert.Contains(lines, line => Regex.IsMatch(line, "^cat +dog +1 +33.3 %$"));
    }

    [Theory]
    [InlineData("word", 6, "word  ", "  word")]
    [InlineData("words", 5, "words", "words")]
    [InlineData("sentence", 5, "sent…", "sent…")]
    [InlineData("名字", 5, "名字 ", " 名字")]
    [InlineData("名字", 3, "名…", "名…")]
    [InlineData("名字", 2, "… ", " …")]
    [InlineData("a\tb", 3, "a b", "a b")]
    [InlineData("e\u0301", 2, "e\u0301 ", " e\u0301")]
    [InlineData("word", 0, "", "")]
    public void Text_is_cut_or_padded_to_its_cells(string text, int width, string left, string right)
    {
        Assert.Equal(left, Cells.Left(text, width));
        Assert.Equal(right, Cells.Right(text, width));
        Assert.Equal(width, Cells.Count(Cells.Left(text, width)));
    }

    [Fact]
    public void Where_there_is_no_screen_a_line_is_of_the_usual_width()
    {
        Assert.Equal(79, Terminal.Width(null));
        Assert.Equal(79, Terminal.Width(new RecordingHost()));
    }

    [Theory]
    [InlineData(45)]
    [InlineData(56)]
    [InlineData(79)]
    [InlineData(200)]
    public void A_model_fits(int width)
    {
        var model = Model.Create(new Shape(3, 64, 64), [new Convolution(128, 5, 5, 2, 2), new MaxPooling(3, 2), new Flatten(), new Dense(10)], seed: 1);
        string[] lines = Lines(ModelView.Text(model, width));
        Assert.All(lines, line => Assert.True(Cells.Count(line) <= width, line));
        Assert.Contains(lines, line => line.Contains("Convolution1") && line.Contains("9,728") && line.EndsWith("19.661"));
        Assert.Equal(width >= 56, lines.Any(line => line.Contains("padding 2")));
    }

    [Fact]
    public void A_model_shows_what_its_shortcuts_read()
    {
        var model = Model.Create(
            new Shape(1, 8, 8),
            [
                new Convolution(2, 3, 3, 2, 1), new Convolution(2, 1, 1, 2), new Residual(1, 1), new Relu(), new Convolution(2, 1), new Tanh(), new Residual(1, 1),
                new Flatten(), new Dense(3),
            ],
            seed: 1);
        string[] lines = Lines(ModelView.Text(model, 120));
        Assert.Contains(lines, line => line.Contains("Convolution2 ") && line.Contains("2 filters 1×1, stride 2, from input"));
        Assert.Contains(lines, line => line.Contains("Tanh1 ") && line.Contains("from Relu1"));
        Assert.Contains(lines, line => line.Contains("Residual1 ") && line.Contains("over 1 layer, shortcut of 1 layer"));
    }

    /// <summary>
    /// Of class c there are c + 3 images, ten at most, and the last is taken for the class after it: that weighs most in the first classes.
    /// The model says the class whose pixel is the brightest.
    /// </summary>
    private static AccuracyReport Report(int classes, Func<int, string> name, bool mistakes = true)
    {
        string[] names = [.. Enumerable.Range(0, classes).Select(name)];
        var model = new Model(new Shape(1, 1, classes), [new Flatten()]);
        model.Describe(Normalization.None(1), names);
        List<byte> pixels = [];
        List<byte> labels = [];
        for (int label = 0; label < classes; label++)
        {
            int count = Math.Min(label + 3, 10);
            for (int image = 0; image < count; image++)
            {
                int said = mistakes && image == count - 1 ? (label + 1) % classes : label;
                pixels.AddRange(Enumerable.Range(0, classes).Select(c => c == said ? byte.MaxValue : (byte)0));
                labels.Add((byte)label);
            }
        }

        return Evaluator.Measure(
            model, new ImageSet([.. pixels], [.. labels], new Shape(1, 1, classes), names, "made up"), threads: 1, misclassifiedCount: 3);
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.TrimEnd('\r', ' '))];
}
