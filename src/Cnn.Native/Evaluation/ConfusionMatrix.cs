using System.Collections.ObjectModel;

namespace Cnn.Evaluation;

/// <summary>How often images of one class were classified as another.</summary>
/// <param name="Label">The name of their class.</param>
/// <param name="Prediction">The name of the class that was predicted.</param>
/// <param name="Count">How many images.</param>
/// <param name="Share">The share of the images of their class.</param>
/// <param name="LabelIndex">The label itself.</param>
/// <param name="PredictionIndex">The predicted label.</param>
public sealed record Confusion(string Label, string Prediction, int Count, double Share, int LabelIndex, int PredictionIndex)
{
    /// <summary>The label, the prediction and the count.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Label} mistaken for {Prediction} {Count} time{(Count == 1 ? "" : "s")}";
}

/// <summary>How often images of each label were classified as each class.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[,] _counts;

    /// <summary>Names the rows and columns of counts.</summary>
    /// <param name="counts">[label][prediction]: counts, kept as they are.</param>
    /// <param name="classNames">The names of the classes, by label.</param>
    internal ConfusionMatrix(int[,] counts, IReadOnlyList<string> classNames)
    {
        _counts = counts;
        ClassNames = classNames;
        Confusions = FindConfusions();
    }

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of classes: of rows, and of columns.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>The classes that were confused, the most frequent first; of equal counts, by label and then by prediction.</summary>
    public ReadOnlyCollection<Confusion> Confusions { get; }

    /// <summary>How many images of a label were classified as a class.</summary>
    /// <param name="label">The label: the row.</param>
    /// <param name="prediction">The prediction: the column.</param>
    /// <returns>The count.</returns>
    public int this[int label, int prediction] => _counts[label, prediction];

    /// <summary>How many images have a label.</summary>
    /// <param name="label">The label.</param>
    /// <returns>The sum of its row.</returns>
    public int LabelCount(int label) => Enumerable.Range(0, ClassCount).Sum(prediction => _counts[label, prediction]);

    /// <summary>How many images were predicted as a class.</summary>
    /// <param name="prediction">The class.</param>
    /// <returns>The sum of its column.</returns>
    public int PredictionCount(int prediction) => Enumerable.Range(0, ClassCount).Sum(label => _counts[label, prediction]);

    /// <summary>The counts as a new array.</summary>
    /// <returns>[label, prediction].</returns>
    public int[,] ToArray() => (int[,])_counts.Clone();

    /// <summary>The size and the sum.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{ClassCount} classes, {_counts.Cast<int>().Sum()} images";

    private ReportList<Confusion> FindConfusions() => new(
    [
        .. from label in Enumerable.Range(0, ClassCount)
           let images = LabelCount(label)
           from prediction in Enumerable.Range(0, ClassCount)
           let count = _counts[label, prediction]
           where label != prediction && count > 0
           orderby count descending
           select new Confusion(ClassNames[label], ClassNames[prediction], count, (double)count / images, label, prediction),
    ]);
}
