using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cnn.Data;

namespace Cnn.Training;

/// <summary>
/// The weight of the images of each class in the loss of a training, and so in its gradient: balanced by the number of images, or a weight for each class.
/// Two objects are equal if their weights are equal.
/// </summary>
/// <remarks>
/// The weights are scaled so that the images of an epoch have a mean weight of 1; so the learning rate keeps its meaning. The loss of a batch is the sum of
/// weight × loss over its images, divided by the number of its images. PyTorch's <c>CrossEntropyLoss(weight=…)</c> divides by the sum of the weights in the
/// batch instead, so there an image counts more in a batch with small weights.
/// </remarks>
[JsonConverter(typeof(Converter))]
public sealed class ClassWeights : IEquatable<ClassWeights>
{
    private readonly string _text;

    /// <summary>Weights by class. A class without one has the weight 1; a class with the weight 0 is not learned.</summary>
    /// <param name="weights">The weight of each class by its name, or by its number if no class has that name; finite, at least 0, and not all 0.</param>
    /// <exception cref="CnnException"><c>ClassWeight</c>: there are none, or a weight is out of range.</exception>
    public ClassWeights(IReadOnlyDictionary<string, double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        SortedDictionary<string, double> sorted = new(StringComparer.Ordinal);
        foreach ((string name, double weight) in weights)
        {
            if (!(double.IsFinite(weight) && weight >= 0))
            {
                throw Error(FormattableString.Invariant($"The weight of class '{name}' is {weight}. A weight must be finite and at least 0."));
            }

            if (!sorted.TryAdd(ClassFolderName.Normalize(name), weight))
            {
                throw Error($"The class '{name}' has two weights.");
            }
        }

        if (sorted.Values.All(weight => weight == 0))
        {
            throw Error(sorted.Count == 0 ? "There are no weights: name a class and its weight, or pass Balanced." : "All weights are 0: nothing would be learned.");
        }

        Weights = new ReadOnlyDictionary<string, double>(sorted);
        _text = NumbersByName.Write(sorted);
    }

    private ClassWeights()
    {
        Weights = ReadOnlyDictionary<string, double>.Empty;
        _text = nameof(Balanced);
    }

    /// <summary>
    /// Each class counts equally: the weight of a class is n / (k · c) for n images of k classes, c of them of this class. scikit-learn calls it
    /// <c>class_weight="balanced"</c> (King and Zeng, "Logistic regression in rare events data", 2001).
    /// </summary>
    public static ClassWeights Balanced { get; } = new();

    /// <summary>Whether the weights follow from the number of images.</summary>
    public bool IsBalanced => Weights.Count == 0;

    /// <summary>The given weights, by class name or number; empty if they are balanced.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; }

    /// <summary>Reads weights from a text in the form of <see cref="ToString"/>.</summary>
    /// <param name="text"><c>Balanced</c>, or <c>{"cat": 2, "dog": 1}</c>.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="CnnException"><c>ClassWeight</c>: the text is invalid, or a weight is out of range.</exception>
    public static ClassWeights Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Trim().Equals(nameof(Balanced), StringComparison.OrdinalIgnoreCase))
        {
            return Balanced;
        }

        try
        {
            return new ClassWeights(NumbersByName.Read(text));
        }
        catch (JsonException e)
        {
            throw Error($"'{text}' is not a set of class weights. Write Balanced, or the weights by class: {{\"cat\": 2, \"dog\": 1}}.", e);
        }
    }

    /// <inheritdoc/>
    public bool Equals(ClassWeights? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClassWeights);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary><c>Balanced</c>, or the weights by class: <c>{"cat":2,"dog":1}</c>. <see cref="Parse"/> reads it again.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _text;

    /// <summary>The weights for a training.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="sampling">Which images an epoch draws.</param>
    /// <returns>The weight of each label; their mean over the images of an epoch is 1.</returns>
    /// <exception cref="CnnException"><c>ClassWeight</c>: a class is unknown, has two weights, or no image has a weight above 0.</exception>
    internal float[] For(ImageSet images, Sampling sampling)
    {
        // With balanced sampling each class that has images is drawn equally often.
        double[] drawn = [.. images.ClassCounts.Select(count => sampling == Sampling.Balanced ? Math.Min(1, count.Count) : count.Count)];
        double[] weights = IsBalanced ? [.. drawn.Select(count => count > 0 ? 1 / count : 0)] : GivenTo(images);

        // Scaled to the largest first, so that no sum overflows.
        double largest = weights.Max();
        double sum = weights.Select((weight, label) => weight / largest * drawn[label]).Sum();
        if (!(sum > 0))
        {
            throw Error($"No image of {images.Name} belongs to a class with a weight above 0: nothing would be learned.");
        }

        return [.. weights.Select(weight => (float)(weight / largest * drawn.Sum() / sum))];
    }

    private double[] GivenTo(ImageSet images)
    {
        double?[] weights = new double?[images.ClassNames.Count];
        foreach ((string name, double weight) in Weights)
        {
            int label = ImageSelection.LabelOf(images, name);
            if (label < 0)
            {
                throw Error($"{images.Name} has no class '{name}' for which a weight is given. Its classes are {string.Join(", ", images.ClassNames)}.");
            }

            if (weights[label] != null)
            {
                throw Error($"The class '{images.ClassNames[label]}' has two weights, one of them by the name '{name}'. Pass one.");
            }

            weights[label] = weight;
        }

        return [.. weights.Select(weight => weight ?? 1)];
    }

    private static CnnException Error(string message, Exception? inner = null) => new("ClassWeight", CnnErrorKind.InvalidArgument, message, inner!);

    /// <summary>Weights are one text in a checkpoint.</summary>
    private sealed class Converter() : NumbersByName.Converter<ClassWeights>(Parse);
}
