namespace Cnn.Evaluation;

/// <summary>The predictions of similar certainty, and how many of them are right.</summary>
/// <param name="Lower">The probability of the predicted class is above this,</param>
/// <param name="Upper">and at most this.</param>
/// <param name="Count">Number of such predictions.</param>
/// <param name="Correct">How many of them are right.</param>
/// <param name="Confidence">The mean of their probabilities; NaN if there are none.</param>
public sealed record CalibrationBin(double Lower, double Upper, int Count, int Correct, double Confidence)
{
    /// <summary>The share of them that are right; NaN if there are none.</summary>
    public double Accuracy => (double)Correct / Count;

    /// <summary>The bounds, the mean probability and the share that is right.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"{Lower:P0} to {Upper:P0}: {Count} images, confidence {Confidence:P1}, accuracy {Accuracy:P1}");
}
