using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cnn.Serialization;

/// <summary>
/// Records as JSON: names in snake_case, floating-point numbers with as many digits as are needed to restore the same bits (NaN and infinities by name).
/// Missing, unknown, duplicate and null properties and wrong types are errors.
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
    /// <exception cref="JsonException">The text is not JSON, or not such a value.</exception>
    public static T Read<T>(string text)
        where T : class =>
        Guard(() => JsonSerializer.Deserialize<T>(text, Options)) ?? throw new JsonException("it is null.");

    /// <summary>
    /// Reads JSON with a library that throws other exceptions too for text that it cannot read: half a surrogate pair in an escape, and a value without its
    /// type discriminator. They all become one.
    /// </summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="read">Reads it.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="JsonException">The text cannot be read.</exception>
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
