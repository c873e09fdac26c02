using System.Collections.ObjectModel;
using Cnn.Data;

namespace Cnn.Evaluation;

/// <summary>A model's probability of one class.</summary>
/// <param name="Name">The name of the class.</param>
/// <param name="Probability">0 to 1; the probabilities of all classes add up to 1.</param>
public sealed record ClassProbability(string Name, double Probability)
{
    /// <summary>The name and the probability.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Name} {Probability:P1}");
}

/// <summary>A model's prediction for an image.</summary>
/// <param name="Path">The file of the picture; null for an image of a set.</param>
/// <param name="ImageSet">The set of the image; for a picture, a set with only the image that the model saw.</param>
/// <param name="Index">The index of the image in the set.</param>
/// <param name="Label">The name of its class; null if it is not known.</param>
/// <param name="Prediction">The name of the most probable class, the first of equally probable ones.</param>
/// <param name="Probability">Its probability, 0 to 1; NaN if the model returns NaN.</param>
/// <param name="Probabilities">The probability of each class, by label: the softmax of the logits.</param>
public sealed record ImagePrediction(
    string? Path,
    ImageSet ImageSet,
    int Index,
    string? Label,
    string Prediction,
    double Probability,
    ReadOnlyCollection<ClassProbability> Probabilities)
{
    /// <summary>The image and the prediction.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Path ?? $"{ImageSet.Name} {Index}"}: {Prediction} ({Probability:P1})");
}
