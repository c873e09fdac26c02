using System.Globalization;
using System.Text;
using Cnn.Evaluation;

namespace Cnn.PowerShell.Formatting;

/// <summary>How the prompt shows a confusion matrix: a row for each label, a column for each prediction, a dot for zero.</summary>
public static class ConfusionMatrixView
{
    private const string Zero = "·";

    /// <summary>
    /// Writes the table. The columns are headed by the names of the classes where all of them fit beside each other, else by the labels;
    /// what does not fit in a line even so goes into further blocks of columns.
    /// </summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="width">The cells of a line.</param>
    /// <returns>The lines, in one text.</returns>
    public static string Text(ConfusionMatrix matrix, int width)
    {
        int classes = matrix.ClassCount;
        string[] labels = [.. Enumerable.Range(0, classes).Select(label => label.ToString(CultureInfo.CurrentCulture))];
        bool namesFit = RowWidth(matrix.ClassNames, width) + Enumerable.Range(0, classes).Sum(c => ColumnWidth(matrix, c, matrix.ClassNames[c])) <= width;
        string[] heads = namesFit ? [.. matrix.ClassNames] : labels;
        string[] rows = namesFit || labels.SequenceEqual(matrix.ClassNames)
            ? [.. matrix.ClassNames]
            : [.. labels.Select((label, index) => $"{label.PadLeft(labels[^1].Length)} {matrix.ClassNames[index]}")];
        int rowWidth = RowWidth(rows, width);
        var text = new StringBuilder();
        for (int first = 0; first < classes;)
        {
            int end = first;
            for (int used = rowWidth; end < classes; end++)
            {
                used += ColumnWidth(matrix, end, heads[end]);
                if (used > width && end > first)
                {
                    break;
                }
            }

            text.Append(first == 0 ? "" : Environment.NewLine);
            AppendBlock(text, matrix, heads, rows, rowWidth, first, end);
            first = end;
        }

        return text.ToString();
    }

    private static void AppendBlock(StringBuilder text, ConfusionMatrix matrix, string[] heads, string[] rows, int rowWidth, int first, int end)
    {
        int[] widths = [.. Enumerable.Range(0, heads.Length).Select(c => ColumnWidth(matrix, c, heads[c]))];
        void AppendLine(string head, Func<int, string> cell)
        {
            text.Append(Cells.Left(head, rowWidth));
            for (int c = first; c < end; c++)
            {
                text.Append(Cells.Right(cell(c), widths[c]));
            }

            text.AppendLine();
        }

        AppendLine("Label", c => heads[c]);
        AppendLine("-----", c => new string('-', Cells.Count(heads[c])));
        for (int label = 0; label < rows.Length; label++)
        {
            AppendLine(rows[label], c => Number(matrix[label, c]));
        }
    }

    /// <summary>The names of the rows get a third of the line at most.</summary>
    private static int RowWidth(IEnumerable<string> rows, int width) =>
        Math.Min(Math.Max("Label".Length, rows.Max(Cells.Count)), Math.Max("Label".Length, width / 3));

    /// <summary>A blank, and the head or the largest number of the column.</summary>
    private static int ColumnWidth(ConfusionMatrix matrix, int prediction, string head) =>
        1 + Math.Max(Cells.Count(head), Enumerable.Range(0, matrix.ClassCount).Max(label => Number(matrix[label, prediction]).Length));

    private static string Number(int count) => count == 0 ? Zero : count.ToString(CultureInfo.CurrentCulture);
}
