using System.Globalization;
using Cnn.Files;
using Cnn.Memory;

namespace Cnn.Data;

/// <summary>
/// Reads tables of pixels as CSV: one image on each line, one pixel in each column, 0 to 255 or fractions from 0 to 1, as in Kaggle's digit recogniser and in MNIST as CSV. The label
/// is a separate column, or there is none. Numbers are read in the same way in every culture.
/// </summary>
public static class CsvImages
{
    /// <summary>The label is in the first column; the file has no header.</summary>
    public const string First = nameof(First);

    /// <summary>The label is in the last column; the file has no header.</summary>
    public const string Last = nameof(Last);

    /// <summary>There are no labels.</summary>
    public const string None = nameof(None);

    /// <summary>The name of the only class of images without labels.</summary>
    public const string Unknown = "unknown";

    private const string UsualLabel = "label";
    private const int MostColumns = 1 << 24;

    /// <summary>Whether a path has the extension of such a table.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Whether it ends in .csv or .csv.gz, in upper or lower case.</returns>
    public static bool IsCsv(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a table. The file is read in pieces, and unpacked as it is read; the images are in memory at most twice during reading.</summary>
    /// <param name="path">The file, plain or compressed with gzip; its name does not matter.</param>
    /// <param name="labelColumn">
    /// The name of the label column in the header, or <see cref="First"/>, <see cref="Last"/> or <see cref="None"/>. By default, the column that the header
    /// calls label; a header without such a column, or no header and a square number of columns, means no labels.
    /// </param>
    /// <param name="imageShape">The shape of the images, whose values are in the order [row][column][channel]; by default, they are grey squares.</param>
    /// <param name="classNames">The names of the classes, by label. By default, classes are named by their numbers, or labels that are not numbers are the names.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The set, named after the file. Images without labels all belong to one class, <see cref="Unknown"/>.</returns>
    /// <exception cref="CnnException">
    /// <c>CsvFormat</c>: a field is invalid, and the message has its line and column; or the compression is damaged. <c>CsvLabel</c>, <c>CsvShape</c>: the
    /// label column or the shape of the images is unknown. <c>ReadFailed</c>, <c>SourceNotFile</c>.
    /// </exception>
    public static ImageSet Read(
        string path,
        string? labelColumn = null,
        Shape? imageShape = null,
        IReadOnlyList<string>? classNames = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using FileStream file = PlainFile.OpenRead(path, FileShare.Read | FileShare.Delete);
            using FramedStream framed = new(file);
            if (!framed.IsGzip)
            {
                return Read(new CsvRecords(framed, path), path, labelColumn, imageShape, classNames, cancellation);
            }

            using UnpackedStream unpacked = new(file, framed);
            return ReadUnpacked(unpacked, path, labelColumn, imageShape, classNames, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CnnException("ReadFailed", CnnErrorKind.ReadFailed, $"'{path}' cannot be read: {e.Message} Pass an existing file, with permission to read it.", e) { Target = path };
        }
    }

    private static ImageSet ReadUnpacked(
        UnpackedStream unpacked, string path, string? labelColumn, Shape? imageShape, IReadOnlyList<string>? classNames, CancellationToken cancellation)
    {
        try
        {
            try
            {
                return Read(new CsvRecords(unpacked, path), path, labelColumn, imageShape, classNames, cancellation);
            }
            catch (CnnException e) when (e.ErrorId == "CsvFormat")
            {
                // What is wrong with a field may come from damaged compression, of which only the end tells.
                byte[] rest = new byte[1 << 16];
                while (unpacked.Read(rest) > 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                }

                throw;
            }
        }
        catch (InvalidDataException e)
        {
            throw new CnnException("CsvFormat", CnnErrorKind.InvalidData, $"'{path}' cannot be read: its compression is damaged ({e.Message}). Get the file again.", e) { Target = path };
        }
    }

    private static ImageSet Read(
        CsvRecords records, string path, string? labelColumn, Shape? imageShape, IReadOnlyList<string>? classNames, CancellationToken cancellation)
    {
        List<string> first = [];
        if (records.BeginLine())
        {
            bool more = true;
            while (more)
            {
                more = records.ReadField();
                first.Add(first.Count < MostColumns ? records.Text : throw records.Error($"there are more than {MostColumns} columns."));
            }
        }

        if (first.Count == 0)
        {
            throw new CnnException("CsvFormat", CnnErrorKind.InvalidData, $"'{path}' is empty: it has no images.") { Target = path };
        }

        // A header names the label column, or contains no numbers at all. Any other first line is an image, and errors in it are reported.
        bool hasHeader = first.Exists(field => field.Equals(labelColumn ?? UsualLabel, StringComparison.OrdinalIgnoreCase)) || !first.Exists(IsNumber);
        int label = LabelColumn(first, hasHeader, labelColumn, imageShape, path);
        int length = first.Count - (label >= 0 ? 1 : 0);
        Shape shape = ShapeOf(length, imageShape, path);
        var rows = new CsvRows(records, path, first.Count, label);
        if (!hasHeader)
        {
            rows.Add(first);
        }

        while (records.BeginLine())
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Read();
        }

        (int[] labels, IReadOnlyList<string> names) = rows.Labels(classNames);
        PixelMemory pixels = rows.Pixels();
        ImageSet.CheckLengths(pixels.Length, labels.Length, shape);
        return ImageSet.FromPinned(pixels, 0, labels, 0, labels.Length, shape, names, Path.GetFileName(path));
    }

    private static bool IsNumber(string field) => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number);

    private static int LabelColumn(List<string> first, bool hasHeader, string? wanted, Shape? imageShape, string path)
    {
        int last = first.Count - 1;
        int named = hasHeader ? first.FindIndex(name => name.Equals(wanted ?? UsualLabel, StringComparison.OrdinalIgnoreCase)) : -1;
        if (named >= 0)
        {
            return named;
        }

        if (wanted != null)
        {
            return wanted.ToUpperInvariant() switch
            {
                "FIRST" => 0,
                "LAST" => last,
                "NONE" => -1,
                _ => throw Error(path, hasHeader
                    ? $"has no column '{wanted}'. Its columns are {string.Join(", ", first.Take(3))} and so on to {first[last]}. Pass one of them, or First, Last or None."
                    : $"has no header, so there is no column '{wanted}': pass First, Last or None."),
            };
        }

        // A header would name the label column; without a header, the number of columns decides.
        return hasHeader || first.Count == (imageShape?.Length ?? Square(first.Count))
            ? -1
            : throw Error(path, "has no header that names the column with the labels: pass -LabelColumn First, Last or None.");
    }

    private static Shape ShapeOf(int length, Shape? imageShape, string path)
    {
        if (imageShape is { } given)
        {
            return given.ValueCount == length ? given : throw Error(path, $"has {length} pixels on each line, but an image {given} has {given.ValueCount}. Pass a shape that fits.", "CsvShape");
        }

        int side = (int)Math.Sqrt(length);
        return length > 0 && side * side == length
            ? new Shape(1, side, side)
            : throw Error(path, $"has {length} pixels on each line, which do not form a square: give the shape with -ImageShape channels, height, width, and the column of the labels with -LabelColumn.", "CsvShape");
    }

    private static int Square(int count) => (int)Math.Sqrt(count) is var side && side * side == count ? count : -1;

    private static CnnException Error(string path, string problem, string id = "CsvLabel") => new(id, CnnErrorKind.InvalidArgument, $"'{path}' {problem}") { Target = path };

    /// <summary>The lines that were read.</summary>
    private sealed class CsvRows(CsvRecords records, string path, int columns, int labelColumn)
    {
        private readonly CsvPixels _pixels = new(path);
        private readonly List<int> _labels = [];
        private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);

        private int _count;

        /// <summary>Takes the first line, which was read to see whether it is a header.</summary>
        public void Add(List<string> fields)
        {
            for (int column = 0; column < fields.Count; column++)
            {
                if (column == labelColumn)
                {
                    AddLabel(fields[column]);
                }
                else
                {
                    AddPixel(System.Text.Encoding.UTF8.GetBytes(fields[column]), column + 1);
                }
            }

            EndRow();
        }

        public void Read()
        {
            bool more = true;
            for (int column = 0; column < columns; column++)
            {
                if (!more)
                {
                    throw records.Error($"the line ends after {column} of {columns} columns.");
                }

                more = records.ReadField();
                if (column == labelColumn)
                {
                    AddLabel(records.Text);
                }
                else
                {
                    AddPixel(records.Field, records.Column);
                }
            }

            if (more)
            {
                throw records.Error($"the line has more than {columns} columns.");
            }

            EndRow();
        }

        public PixelMemory Pixels() => _pixels.ToMemory();

        public (int[] Labels, IReadOnlyList<string> Names) Labels(IReadOnlyList<string>? classNames)
        {
            int[] all = GC.AllocateArray<int>(_count, pinned: true);
            if (labelColumn < 0)
            {
                return (all, classNames ?? [Unknown]);
            }

            string[] names = [.. _names.OrderBy(name => name.Value).Select(name => name.Key)];
            bool areNumbers = names.All(name => Number(name) >= 0);
            string[] known = areNumbers ? []
                : classNames != null ? [.. classNames] : [.. names.Order(StringComparer.Ordinal)];
            int[] labels = [.. names.Select(name => areNumbers ? Number(name) : Array.IndexOf(known, name))];
            int outside = classNames == null ? -1 : Array.FindIndex(labels, label => label < 0 || label >= classNames.Count);
            if (outside >= 0)
            {
                throw Error(path, $"has the label '{names[outside]}', which is not among the {classNames!.Count} classes: {string.Join(", ", classNames.Take(12))}.");
            }

            for (int image = 0; image < all.Length; image++)
            {
                all[image] = labels[_labels[image]];
            }

            return (all, classNames ?? (areNumbers ? ImageSet.NamesByLabel(all) : known));
        }

        /// <summary>A label as a number, also if it is written like the pixels, <c>5.0</c> or <c>5.000e+00</c>; -1 if it is not a number.</summary>
        private static int Number(string label) =>
            double.TryParse(label, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number) && double.IsInteger(number) && number <= int.MaxValue
            && (label.Contains('.') || label.All(char.IsAsciiDigit))
                ? (int)number
                : -1;

        private void EndRow()
        {
            if (_count == Array.MaxLength)
            {
                throw records.Error($"an image set holds at most {Array.MaxLength} images: split the file.");
            }

            _count++;
        }

        private void AddLabel(string label)
        {
            if (label.Length == 0)
            {
                throw records.Error("the label is missing.");
            }

            if (!_names.TryGetValue(label, out int number))
            {
                if (_names.Count == ImageSet.MostClasses)
                {
                    throw records.Error($"'{label}' is label number {ImageSet.MostClasses + 1}, and the limit is {ImageSet.MostClasses} classes: is this the column with the labels?");
                }

                _names.Add(label, number = _names.Count);
            }

            _labels.Add(number);
        }

        private void AddPixel(ReadOnlySpan<byte> field, int column)
        {
            if (_pixels.Add(field) is { } problem)
            {
                throw records.Error($"{(column == records.Column ? "" : $"in column {column} ")}'{System.Text.Encoding.UTF8.GetString(field)}' {problem}");
            }
        }
    }
}
