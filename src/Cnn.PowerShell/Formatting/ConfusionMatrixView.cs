using System.Globalization;
using System.Text;
using Cnn.Evaluation;

namespace Cnn.PowerShell.Formatting;

/// <summary>The view of a confusion matrix at the prompt: a row for each label, a column for each prediction, a dot for zero.</summary>
public static class ConfusionMatrixView
{
    private const string Zero = "·";

    /// <summary>
    /// Writes the table. The heads of the columns are the names of the classes if all of them fit side by side, otherwise the labels; columns that still do
    /// not fit in a line go into further blocks.
    /// </summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="width">The width in cells.</param>
    /// <returns>The lines, as one text.</returns>
    public static string Text(ConfusionMatrix matrix, int width)
    {
        int classes = matrix.ClassCount;
        string[] names = [.. matrix.ClassNames];
        string[] labels = [.. Enumerable.Range(0, classes).Select(label => label.ToString(CultureInfo.CurrentCulture))];
        int[] numbers = [.. Enumerable.Range(0, classes).Select(c => Enumerable.Range(0, classes).Max(label => Number(matrix[label, c]).Length))];
        bool namesFit = RowWidth(names, width) + ColumnWidths(names, numbers).Sum() <= width;
        string[] heads = namesFit ? names : labels;
        string[] rows = namesFit || labels.SequenceEqual(names) ? names : [.. labels.Zip(names, (label, name) => $"{label.PadLeft(labels[^1].Length)} {name}")];
        int rowWidth = RowWidth(rows, width);
        int[] widths = ColumnWidths(heads, numbers);
        var text = new StringBuilder();
        for (int first = 0; first < classes;)
        {
            int end = first;
            for (int used = rowWidth; end < classes; end++)
            {
                used += widths[end];
                if (used > width && end > first)
                {
                    break;
                }
            }

            void AppendLine(string head, Func<int, string> cell)
            {
                text.Append(Cells.Left(head, rowWidth));
                for (int c = first; c < end; c++)
                {
                    text.Append(Cells.Right(cell(c), widths[c]));
                }

                text.AppendLine();
            }

            text.Append(first == 0 ? "" : Environment.NewLine);
            AppendLine("Label", c => heads[c]);
            AppendLine("-----", c => new string('-', Cells.Count(heads[c])));
            for (int label = 0; label < classes; label++)
            {
                AppendLine(rows[label], c => Number(matrix[label, c]));
            }

            first = end;
        }

        return text.ToString();
    }

    /// <summary>The names of the rows get at most a third of the line.</summary>
    private static int RowWidth(IEnumerable<string> rows, int width) =>
        Math.Min(Math.Max("Label".Length, rows.Max(Cells.Count)), Math.Max("Label".Length, width / 3));

    /// <summary>A space, and the head or the longest number of the column.</summary>
    private static int[] ColumnWidths(string[] heads, int[] numbers) => [.. heads.Zip(numbers, (head, number) => 1 + Math.Max(Cells.Count(head), number))];

    private static string Number(int count) => count == 0 ? Zero : count.ToString(CultureInfo.CurrentCulture);
}
