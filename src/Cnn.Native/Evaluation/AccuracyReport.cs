using System.Collections.ObjectModel;
using Cnn.Data;
using Cnn.Models;

namespace Cnn.Evaluation;

/// <summary>The performance of a model on one class.</summary>
/// <param name="Name">The name of the class.</param>
/// <param name="Count">Images of this class.</param>
/// <param name="Correct">How many of them were classified correctly.</param>
/// <param name="Predicted">How many images were predicted as this class.</param>
public sealed record ClassAccuracy(string Name, int Count, int Correct, int Predicted)
{
    /// <summary>The share of this class's images that were predicted correctly; NaN if there are none.</summary>
    public double Recall => (double)Correct / Count;

    /// <summary>The share of the images predicted as this class that belong to it; NaN if there are none.</summary>
    public double Precision => (double)Correct / Predicted;

    /// <summary>The harmonic mean of recall and precision; NaN if no image belongs to this class and none was predicted as it.</summary>
    public double F1 => 2.0 * Correct / ((double)Count + Predicted);

    /// <summary>The name, the recall and the precision.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Name}: recall {Recall:P1}, precision {Precision:P1}");
}

/// <summary>The performance of a model on a set of images.</summary>
public sealed class AccuracyReport
{
    /// <summary>Computes the report.</summary>
    /// <param name="model">The model that was measured.</param>
    /// <param name="images">The name of the images.</param>
    /// <param name="confusion">[label][prediction]: counts.</param>
    /// <param name="loss">The mean loss in nats per image.</param>
    /// <param name="duration">The duration of the measurement.</param>
    /// <param name="certainty">The certainty of the predictions; null if an old checkpoint does not contain it.</param>
    internal AccuracyReport(IClassifier model, string images, int[,] confusion, double loss, TimeSpan duration, CertaintyCounts? certainty)
    {
        Model = model;
        Images = images;
        ConfusionMatrix = new ConfusionMatrix(confusion, model.ClassNames);
        Loss = loss;
        Duration = duration;
        Certainty = certainty;
        TopAccuracies = new ReportList<TopAccuracy>(certainty?.TopAccuracies() ?? []);
        CalibrationBins = new ReportList<CalibrationBin>(certainty?.CalibrationBins() ?? []);
        Classes = new ReportList<ClassAccuracy>(
        [
            .. Enumerable.Range(0, ConfusionMatrix.ClassCount).Select(c => new ClassAccuracy(
                model.ClassNames[c],
                ConfusionMatrix.LabelCount(c),
                confusion[c, c],
                ConfusionMatrix.PredictionCount(c))),
        ]);
    }

    /// <summary>The model that was measured, or the ensemble.</summary>
    public IClassifier Model { get; }

    /// <summary>The name of the images.</summary>
    public string Images { get; }

    /// <summary>Number of images.</summary>
    public int Count => Classes.Sum(c => c.Count);

    /// <summary>How many images were classified correctly.</summary>
    public int Correct => Classes.Sum(c => c.Correct);

    /// <summary>The share of the images that were classified correctly, 0 to 1.</summary>
    public double Accuracy => (double)Correct / Count;

    /// <summary>The 95 % confidence interval of the accuracy on all such images: Wilson's score interval (1927).</summary>
    public ConfidenceInterval AccuracyInterval => ConfidenceInterval.Wilson(Correct, Count);

    /// <summary>The mean recall of the classes that have images: each class counts equally, however many images it has.</summary>
    public double BalancedAccuracy =>
        Classes.Where(c => c.Count > 0).Select(c => c.Recall).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The mean precision of the classes that have images or were predicted; a class that was never predicted counts as 0.</summary>
    public double MacroPrecision => Macro(c => c.Predicted == 0 ? 0 : c.Precision);

    /// <summary>The mean recall of the classes that have images or were predicted; a class without images counts as 0.</summary>
    public double MacroRecall => Macro(c => c.Count == 0 ? 0 : c.Recall);

    /// <summary>The mean F1 of the classes that have images or were predicted.</summary>
    public double MacroF1 => Macro(c => c.F1);

    /// <summary>
    /// How often the right class is among the 1, 2, 3 … most probable ones: as many entries as there are classes, at most 10. Empty for the validation in a
    /// checkpoint of an earlier version.
    /// </summary>
    public ReadOnlyCollection<TopAccuracy> TopAccuracies { get; }

    /// <summary>
    /// The expected calibration error (Guo et al., "On calibration of modern neural networks", 2017): the mean difference between the certainty of the
    /// predictions and the share of them that are right. NaN if the model returns NaN.
    /// </summary>
    public double CalibrationError => Certainty?.CalibrationError(Count) ?? double.NaN;

    /// <summary>
    /// The predictions by their certainty, in bins of equal width. Empty for the validation in a checkpoint of an earlier version.
    /// </summary>
    public ReadOnlyCollection<CalibrationBin> CalibrationBins { get; }

    /// <summary>The mean cross-entropy in nats per image.</summary>
    public double Loss { get; }

    /// <summary>Recall, precision, F1 and count of each class, by label.</summary>
    public IReadOnlyList<ClassAccuracy> Classes { get; }

    /// <summary>How often images of a label (first index) were classified as each class (second index).</summary>
    public ConfusionMatrix ConfusionMatrix { get; }

    /// <summary>The classes that were confused, the most frequent first.</summary>
    public ReadOnlyCollection<Confusion> Confusions => ConfusionMatrix.Confusions;

    /// <summary>The worst mistakes, the most certain first: as many as were requested; equally certain ones are in the order of the images.</summary>
    public ReadOnlyCollection<Misclassification> Misclassified { get; internal init; } = new ReportList<Misclassification>([]);

    /// <summary>Whether the labels of the images were matched to the classes of the model by name, or by number because one side has no names.</summary>
    public ClassMatching ClassMatching { get; internal init; }

    /// <summary>The augmentation for the distorted versions of each image that the model saw in addition to the image itself; null if it saw each image once.</summary>
    public TestTimeAugmentation? TestTimeAugmentation { get; internal init; }

    /// <summary>How long the measurement took.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Images measured per second.</summary>
    public double ImagesPerSecond => Count / Math.Max(1e-9, Duration.TotalSeconds);

    /// <summary>The certainty counts that a checkpoint stores.</summary>
    internal CertaintyCounts? Certainty { get; }

    /// <summary>The accuracy and the loss.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"{Images}: {Correct} of {Count} right ({Accuracy:P2}), loss {Loss:F4}");

    private double Macro(Func<ClassAccuracy, double> measure) =>
        Classes.Where(c => c.Count > 0 || c.Predicted > 0).Select(measure).DefaultIfEmpty(double.NaN).Average();
}
