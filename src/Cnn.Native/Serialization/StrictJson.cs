using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cnn.Serialization;

/// <summary>
/// Records as JSON: names in snake_case, floating point in as many digits as bring back the same bits (NaN and infinities by name).
/// What is missing, unknown, double, null or of a wrong type is an error.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 16,
    };

    /// <summary>Writes a value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>The JSON.</returns>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Reads a value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="text">The JSON.</param>
    /// <returns>The value.</returns>
    /// <exception cref="JsonException">It is no JSON, or no such value.</exception>
    public static T Read<T>(string text)
        where T : class =>
        Guard(() => JsonSerializer.Deserialize<T>(text, Options)) ?? throw new JsonException("it is null.");

    /// <summary>
    /// Reads JSON with a library that has other errors too for what it cannot read: half of a character in an escape, and a value
    /// that does not say of which kind it is. They all become one.
    /// </summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="read">Reads it.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="JsonException">It cannot be read.</exception>
    public static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException)
        {
            throw new JsonException(e.Message, e);
        }
    }
}
