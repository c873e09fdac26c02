using System.Globalization;
using System.Text;

namespace Cnn.Sweeps;

/// <summary>
/// Values of trials as JSON that is the same everywhere and in every version: an identifier must not depend on which characters a library escapes. Escapes as
/// in RFC 8785.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>Above this, not every whole number is a double.</summary>
    private const double LargestWhole = 1L << 53;

    /// <summary>Normalises a value to one of few types.</summary>
    /// <param name="name">The name of the value, for errors.</param>
    /// <param name="value">The value.</param>
    /// <returns>A <see cref="string"/>, <see cref="bool"/>, <see cref="long"/>, <see cref="ulong"/> or finite <see cref="double"/>.</returns>
    /// <exception cref="CnnException"><c>SweepValue</c>: it is of another type, or not finite.</exception>
    public static object Normalize(string name, object? value)
    {
        object? result = value switch
        {
            bool or long => value,

            // An incomplete character cannot be written to a file.
            string text => IsWhole(text) ? text : null,
            Enum choice => choice.ToString(),
            sbyte or byte or short or ushort or int or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            ulong number => number <= long.MaxValue ? (long)number : number,
            double number => double.IsFinite(number) ? number : null,

            // Through its digits: the double nearest to 0.1f is 0.10000000149.
            float number => float.IsFinite(number) ? double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null,
            decimal number => (double)number,
            _ => null,
        };
        return result ?? throw new CnnException(
            "SweepValue",
            CnnErrorKind.InvalidArgument,
            FormattableString.Invariant($"{name} is '{value}'{(value == null ? "" : $" ({value.GetType().Name})")}, and must be a text, a Boolean or a finite number."))
        { Target = value };
    }

    /// <summary>Whether a text has no incomplete character, which no file could contain.</summary>
    public static bool IsWhole(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes an object.</summary>
    /// <param name="values">Normalised values by name, in the order in which they are written.</param>
    /// <returns>The JSON.</returns>
    public static string Write(IEnumerable<KeyValuePair<string, object>> values) =>
        $"{{{string.Join(',', values.Select(value => $"{Quoted(value.Key)}:{Write(value.Value)}"))}}}";

    /// <summary>Writes a value.</summary>
    /// <param name="value">A normalised value.</param>
    /// <returns>The JSON.</returns>
    public static string Write(object value) => value switch
    {
        string text => Quoted(text),
        bool truth => truth ? "true" : "false",

        // 1.0 and 1 are the same number.
        double number when Math.Abs(number) <= LargestWhole && number == Math.Truncate(number) => ((long)number).ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
    };

    private static string Quoted(string text)
    {
        StringBuilder json = new("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }

        return json.Append('"').ToString();
    }
}
