using Cnn.Data;
using Cnn.Memory;

namespace Cnn.Evaluation;

/// <summary>An image that was taken for something else.</summary>
/// <remarks>
/// The probabilities are the softmax of the logits, worked out in double precision: in single precision many mistakes would be certain
/// to the last bit, and nothing would tell which is the worst.
/// </remarks>
/// <param name="ImageSet">The images.</param>
/// <param name="Index">Which of them it is.</param>
/// <param name="Label">The name of its class.</param>
/// <param name="Prediction">The name of the class that it was taken for.</param>
/// <param name="Probability">How certain the model was of that, 0 to 1; NaN where the model gives NaN.</param>
/// <param name="LabelProbability">What the model gave the right class, 0 to 1.</param>
/// <param name="LabelIndex">The label itself.</param>
/// <param name="PredictionIndex">The label that was said.</param>
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
    /// <summary>The index, and what was taken for what.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Index}: {Label} taken for {Prediction} ({Probability:P1})");

    /// <summary>Finds the worst mistakes.</summary>
    /// <param name="images">The images.</param>
    /// <param name="classNames">The names of the classes, by label.</param>
    /// <param name="predictions">What was said of each image.</param>
    /// <param name="logits">[image][class].</param>
    /// <param name="most">How many are wanted at most.</param>
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
