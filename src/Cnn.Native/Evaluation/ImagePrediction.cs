using System.Collections.ObjectModel;
using Cnn.Data;

namespace Cnn.Evaluation;

/// <summary>How certain a model is of one class.</summary>
/// <param name="Name">The name of the class.</param>
/// <param name="Probability">0 to 1; all classes together have 1.</param>
public sealed record ClassProbability(string Name, double Probability)
{
    /// <summary>The name and the probability.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Name} {Probability:P1}");
}

/// <summary>What a model says of an image.</summary>
/// <param name="Path">The file of the picture; null for an image of a set.</param>
/// <param name="ImageSet">The set of the image; for a picture, a set with nothing but the image that the model saw.</param>
/// <param name="Index">Which image of the set it is.</param>
/// <param name="Label">The name of its class; null where nobody knows.</param>
/// <param name="Prediction">The name of the most probable class, the first of equally probable ones.</param>
/// <param name="Probability">How certain the model is of it, 0 to 1; NaN where the model gives NaN.</param>
/// <param name="Probabilities">How certain it is of each class, by label: the softmax of the logits.</param>
public sealed record ImagePrediction(
    string? Path,
    ImageSet ImageSet,
    int Index,
    string? Label,
    string Prediction,
    double Probability,
    ReadOnlyCollection<ClassProbability> Probabilities)
{
    /// <summary>The image and what was said.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"{Path ?? $"{ImageSet.Name} {Index}"}: {Prediction} ({Probability:P1})");
}
