using System.Collections.ObjectModel;
using System.IO.Enumeration;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// What the learning rate of a training is multiplied by for some layers, or for some tensors of them: a new head learns faster than the layers before it
/// (Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018, call it discriminative fine-tuning). Two of them are equal when
/// they say the same.
/// </summary>
/// <remarks>
/// It is what PyTorch's groups of parameters with their own <c>lr</c> do: the rate of the schedule, times the factor, takes the place of the rate, in AdamW's
/// decay too.
/// </remarks>
[JsonConverter(typeof(LearningRateFactorsConverter))]
public sealed class LearningRateFactors : IEquatable<LearningRateFactors>
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, AllowDuplicateProperties = false };

    private readonly string _text;

    /// <summary>Factors by layer. What no name fits keeps the rate as it is; where several names fit, their factors are multiplied.</summary>
    /// <param name="factors">
    /// The factor by the name of a layer (<c>Dense1</c>), or of one of its tensors (<c>Dense1.bias</c>), with <c>*</c> and <c>?</c> as wildcards
    /// (<c>Convolution*</c>, <c>*.bias</c>). Case does not matter. A factor is finite and at least 0; with 0 the tensor stays as it is.
    /// </param>
    /// <exception cref="CnnException"><c>LearningRateFactor</c>: there are none, or a factor is out of its range.</exception>
    public LearningRateFactors(IReadOnlyDictionary<string, double> factors)
    {
        ArgumentNullException.ThrowIfNull(factors);
        SortedDictionary<string, double> sorted = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, double factor) in factors)
        {
            if (!(float.IsFinite((float)factor) && factor >= 0))
            {
                throw Error(FormattableString.Invariant($"The factor of '{name}' is {factor}. A factor is at least 0 and finite as a 32-bit number."));
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
        _text = JsonSerializer.Serialize(sorted, Json);
    }

    /// <summary>The factors by the names that were given.</summary>
    public IReadOnlyDictionary<string, double> Factors { get; }

    /// <summary>Reads factors from a text as <see cref="ToString"/> writes it.</summary>
    /// <param name="text"><c>{"Dense1": 10, "*.bias": 2}</c>.</param>
    /// <returns>The factors.</returns>
    /// <exception cref="CnnException"><c>LearningRateFactor</c>: it is no such text, or a factor is out of its range.</exception>
    public static LearningRateFactors Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return new LearningRateFactors(JsonSerializer.Deserialize<Dictionary<string, double>>(text, Json) ?? throw new JsonException("it is null."));
        }
        catch (JsonException e)
        {
            throw Error($"'{text}' names no factors of the learning rate. Write them by layer: {{\"Dense1\": 10, \"*.bias\": 2}}.", e);
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
    /// <exception cref="CnnException"><c>LearningRateFactor</c>: a name fits no layer and no tensor, or a product of factors is not finite.</exception>
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
                : throw Error(FormattableString.Invariant($"The factors that fit {name} multiply to {product}, which is no finite 32-bit number."));
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
    private sealed class LearningRateFactorsConverter : JsonConverter<LearningRateFactors>
    {
        /// <inheritdoc/>
        public override LearningRateFactors Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return Parse(reader.GetString() ?? throw new JsonException("the factors of the learning rate are null."));
            }
            catch (CnnException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, LearningRateFactors value, JsonSerializerOptions options) => writer.WriteStringValue(value._text);
    }
}
