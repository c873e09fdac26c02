using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Cnn.PowerShell;

/// <summary>
/// The only place that converts the value of a parameter, a trial or a table to a number. PowerShell's own conversion treats a comma as a thousands
/// separator, so '0,001' would be 1, and rounds 1.5 to 2 where a whole number is needed.
/// </summary>
internal static class NumberArgument
{
    /// <summary>Whether values of a type are numbers.</summary>
    /// <param name="type">The type, not nullable.</param>
    public static bool IsNumber(Type type) => !type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal;

    /// <summary>
    /// Reads a number. A text is read with a decimal point, or in the format of the current culture, without thousands separators; a text that would give
    /// different numbers in the two ways is refused.
    /// </summary>
    /// <param name="type">The type of the number.</param>
    /// <param name="value">A number or a text, unwrapped.</param>
    /// <param name="number">The number, of the type.</param>
    /// <returns>What is wrong and what to do; null if nothing is.</returns>
    public static string? Read(Type type, object? value, out object number)
    {
        number = 0;
        if (value == null || value is string or char or BigInteger)
        {
            return ReadText(type, $"{value}".Trim(), out number);
        }

        if (!IsNumber(value.GetType()))
        {
            return $"'{LanguagePrimitives.ConvertTo<string>(value)}' is of the type {value.GetType().Name}, and not a number ({type.Name}).";
        }

        return value.GetType() == type ? Take(value, out number) : Fit(type, value, string.Create(CultureInfo.InvariantCulture, $"{value}"), out number);
    }

    private static string? ReadText(Type type, string text, out object number)
    {
        number = 0;
        CultureInfo culture = CultureInfo.CurrentCulture;
        if (Parse(type, text, CultureInfo.InvariantCulture) is { } invariant)
        {
            return MayBeGrouped(text, culture.NumberFormat)
                ? $"'{text}' may be {text} or {text.Replace(culture.NumberFormat.NumberGroupSeparator, "")} when numbers are written as in {culture.Name}. "
                    + "Pass a number without quotation marks, or add a zero after the decimals."
                : Fit(type, invariant, text, out number);
        }

        if (Parse(type, text, culture) is { } local)
        {
            return Fit(type, local, text, out number);
        }

        return text.Contains(',')
            ? $"'{text}' is not a number ({type.Name}): write a decimal point and no thousands separators, like {(IsWhole(type) ? "1000" : "0.001")}; "
                + "a list of numbers has no quotation marks."
            : $"'{text}' is not a number ({type.Name}).";
    }

    /// <summary>Whole numbers are read as decimal numbers first: so all 64 bits are kept, and 1e3 and 32.0 are whole numbers too.</summary>
    private static object? Parse(Type type, string text, CultureInfo culture)
    {
        if (IsWhole(type) || type == typeof(decimal))
        {
            return decimal.TryParse(text, NumberStyles.Float, culture, out decimal whole) ? whole : null;
        }

        return double.TryParse(text, NumberStyles.Float, culture, out double number) ? number : null;
    }

    /// <summary>Whether a text that is a number with a decimal point is also one with thousands separators: 1.234 in German.</summary>
    private static bool MayBeGrouped(string text, NumberFormatInfo format) =>
        format.NumberGroupSeparator == "." && Regex.IsMatch(text, @"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+$");

    /// <summary>Converts a number to another number type if its value does not change.</summary>
    private static string? Fit(Type type, object value, string text, out object number)
    {
        number = 0;
        if (IsWhole(type) && value is double or float or decimal && !IsWholeValue(value))
        {
            return $"'{text}' is not a whole number ({type.Name}).";
        }

        try
        {
            return Take(Convert.ChangeType(value, type, CultureInfo.InvariantCulture), out number);
        }
        catch (OverflowException)
        {
            return $"'{text}' is outside the range of {type.Name}.";
        }
    }

    private static bool IsWholeValue(object value) => value switch
    {
        decimal exact => exact == decimal.Truncate(exact),
        float single => float.IsInteger(single),
        _ => double.IsInteger((double)value),
    };

    private static bool IsWhole(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    private static string? Take(object value, out object number)
    {
        number = value;
        return null;
    }
}
