using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>The text of settings that give numbers to names, such as the weights of classes: a JSON object, sorted by name, so that equal settings have equal texts.</summary>
internal static class NumbersByName
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, AllowDuplicateProperties = false };

    /// <summary>The text.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <returns><c>{"cat":2,"dog":1}</c>.</returns>
    public static string Write(SortedDictionary<string, double> numbers) => JsonSerializer.Serialize(numbers, Json);

    /// <summary>Reads a text.</summary>
    /// <param name="text"><c>{"cat": 2, "dog": 1}</c>.</param>
    /// <returns>The numbers.</returns>
    /// <exception cref="JsonException">The text is not such an object, or has a name twice.</exception>
    public static Dictionary<string, double> Read(string text) => JsonSerializer.Deserialize<Dictionary<string, double>>(text, Json) ?? throw new JsonException("it is null.");

    /// <summary>Writes such settings as one text, as checkpoints have them.</summary>
    /// <param name="parse">Reads the text.</param>
    /// <typeparam name="T">The type of the settings.</typeparam>
    public abstract class Converter<T>(Func<string, T> parse) : JsonConverter<T>
        where T : class
    {
        /// <inheritdoc/>
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return parse(reader.GetString()!);
            }
            catch (CnnException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
