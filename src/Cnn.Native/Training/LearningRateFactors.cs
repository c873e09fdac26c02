using System.Collections.ObjectModel;
using System.IO.Enumeration;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// Factors of the learning rate for some layers, or for some of their tensors: a new head learns faster than the layers before it (Howard and Ruder,
/// "Universal Language Model Fine-tuning for Text Classification", 2018, call it discriminative fine-tuning). Two objects are equal if their factors are
/// equal.
/// </summary>
/// <remarks>
/// The effect is that of PyTorch's parameter groups with their own <c>lr</c>: the rate of the schedule times the factor replaces the rate, also in AdamW's
/// decay.
/// </remarks>
[JsonConverter(typeof(Converter))]
public sealed class LearningRateFactors : IEquatable<LearningRateFactors>
{
    private readonly string _text;

    /// <summary>Factors by layer. A tensor that no name matches keeps the rate; if several names match, their factors are multiplied.</summary>
    /// <param name="factors">
    /// The factor by the name of a layer (<c>Dense1</c>), or of one of its tensors (<c>Dense1.bias</c>), with <c>*</c> and <c>?</c> as wildcards
    /// (<c>Convolution*</c>, <c>*.bias</c>). Case does not matter. A factor is finite and at least 0; with 0 the tensor does not change.
    /// </param>
    /// <exception cref="CnnException"><c>LearningRateFactor</c>: there are none, or a factor is out of range.</exception>
    public LearningRateFactors(IReadOnlyDictionary<string, double> factors)
    {
        ArgumentNullException.ThrowIfNull(factors);
        SortedDictionary<string, double> sorted = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, double factor) in factors)
        {
            if (!(float.IsFinite((float)factor) && factor >= 0))
            {
                throw Error(FormattableString.Invariant($"The factor of '{name}' is {factor}. A factor must be at least 0 and finite as a 32-bit number."));
            }

            if (!sorted.TryAdd(name, factor))
            {
                throw Error($"'{name}' has two factors.");
            }
        }

        if (sorted.Count == 0)
        {
            throw Error("There are no factors: name a layer and its factor.");
        }

        Factors = new ReadOnlyDictionary<string, double>(sorted);
        _text = NumbersByName.Write(sorted);
    }

    /// <summary>The factors by the given names.</summary>
    public IReadOnlyDictionary<string, double> Factors { get; }

    /// <summary>Reads factors from a text in the form of <see cref="ToString"/>.</summary>
    /// <param name="text"><c>{"Dense1": 10, "*.bias": 2}</c>.</param>
    /// <returns>The factors.</returns>
    /// <exception cref="CnnException"><c>LearningRateFactor</c>: the text is invalid, or a factor is out of range.</exception>
    public static LearningRateFactors Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return new LearningRateFactors(NumbersByName.Read(text));
        }
        catch (JsonException e)
        {
            throw Error($"'{text}' is not a set of learning rate factors. Write them by layer: {{\"Dense1\": 10, \"*.bias\": 2}}.", e);
        }
    }

    /// <inheritdoc/>
    public bool Equals(LearningRateFactors? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LearningRateFactors);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The factors by name: <c>{"*.bias":2,"Dense1":10}</c>. <see cref="Parse"/> reads it again.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _text;

    /// <summary>The factors of a model's tensors.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The factor of each tensor that can be trained, by its name in the model file.</returns>
    /// <exception cref="CnnException"><c>LearningRateFactor</c>: a name matches no layer and no tensor, or a product of factors is not finite.</exception>
    internal IReadOnlyDictionary<string, float> For(Model model)
    {
        string[] layers = [.. model.Summary.Select(layer => layer.Name)];
        Dictionary<string, float> found = [];
        HashSet<string> unused = [.. Factors.Keys];
        foreach (ModelParameter tensor in model.Parameters.Where(tensor => tensor.IsTrained))
        {
            string layer = layers[tensor.Layer];
            string name = $"{layer}.{tensor.Name[(tensor.Name.LastIndexOf('.') + 1)..]}";
            double product = 1;
            foreach ((string pattern, double factor) in Factors)
            {
                if (FileSystemName.MatchesSimpleExpression(pattern, layer) || FileSystemName.MatchesSimpleExpression(pattern, name))
                {
                    unused.Remove(pattern);
                    product *= factor;
                }
            }

            found[tensor.Name] = float.IsFinite((float)product)
                ? (float)product
                : throw Error(FormattableString.Invariant($"The product of the factors for {name} is {product}, which is not finite as a 32-bit number."));
        }

        return unused.Count == 0
            ? found
            : throw Error(
                $"{model.Name} has no layer '{unused.First()}' that learns, and no tensor of that name. Its layers that learn are "
                + $"{string.Join(", ", model.Parameters.Where(tensor => tensor.IsTrained).Select(tensor => layers[tensor.Layer]).Distinct())}; "
                + "a tensor is named Dense1.weight or Dense1.bias, and * stands for any text.");
    }

    private static CnnException Error(string message, Exception? inner = null) => new("LearningRateFactor", CnnErrorKind.InvalidArgument, message, inner!);

    /// <summary>Factors are one text in a checkpoint.</summary>
    private sealed class Converter() : NumbersByName.Converter<LearningRateFactors>(Parse);
}
