namespace Cnn.Evaluation;

/// <summary>How often the right class is among the most probable ones.</summary>
/// <param name="Top">The number of most probable classes that count.</param>
/// <param name="Count">Number of images.</param>
/// <param name="Correct">For how many images the right class is among those.</param>
public sealed record TopAccuracy(int Top, int Count, int Correct)
{
    /// <summary>The share of the images, 0 to 1.</summary>
    public double Accuracy => (double)Correct / Count;

    /// <summary>The number of classes and the share.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => FormattableString.Invariant($"top {Top}: {Accuracy:P2}");
}
