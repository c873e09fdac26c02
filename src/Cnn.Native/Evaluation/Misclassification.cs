using Cnn.Data;
using Cnn.Memory;

namespace Cnn.Evaluation;

/// <summary>An image that was classified wrongly.</summary>
/// <remarks>
/// The probabilities are the softmax of the logits, computed in double precision: in single precision, the probability of many mistakes would be exactly 1,
/// and the worst one could not be determined.
/// </remarks>
/// <param name="ImageSet">The images.</param>
/// <param name="Index">The index of the image.</param>
/// <param name="Label">The name of its class.</param>
/// <param name="Prediction">The name of the predicted class.</param>
/// <param name="Probability">The probability of the predicted class, 0 to 1; NaN if the model returns NaN.</param>
/// <param name="LabelProbability">The probability of the right class, 0 to 1.</param>
/// <param name="LabelIndex">The label itself.</param>
/// <param name="PredictionIndex">The predicted label.</param>
public sealed record Misclassification(
    ImageSet ImageSet,
    int Index,
    string Label,
    string Prediction,
    double Probability,
    double LabelProbability,
    int LabelIndex,
    int PredictionIndex)
{
    /// <summary>The index, the class and the prediction.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Index}: {Label} mistaken for {Prediction} ({Probability:P1})");

    /// <summary>Finds the worst mistakes.</summary>
    /// <param name="images">The images.</param>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="predictions">The prediction for each image.</param>
    /// <param name="logits">[image][class].</param>
    /// <param name="most">The largest number of mistakes to return.</param>
    /// <returns>The mistakes, the most certain first; of equally certain ones in the order of the images, NaN last.</returns>
    internal static ReportList<Misclassification> Worst(
        ImageSet images, IReadOnlyList<string> classNames, int[] predictions, NativeBuffer<float> logits, int most)
    {
        List<Misclassification> mistakes = [];
        for (int index = 0; most > 0 && index < images.Count; index++)
        {
            int label = images.Labels[index];
            int said = predictions[index];
            if (label == said)
            {
                continue;
            }

            double[] probabilities = Softmax.Probabilities(logits.Span((long)index * classNames.Count, classNames.Count));
            mistakes.Add(new Misclassification(
                images, index, classNames[label], classNames[said], probabilities[said], probabilities[label], label, said));
        }

        // The sort is stable, and NaN is less than any number.
        return new ReportList<Misclassification>([.. mistakes.OrderByDescending(mistake => mistake.Probability).Take(most)]);
    }
}
