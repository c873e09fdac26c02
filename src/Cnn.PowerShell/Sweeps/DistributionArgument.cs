using System.Collections;
using Cnn.Sweeps;

namespace Cnn.PowerShell;

/// <summary>
/// Reads the values of one parameter of New-CnnSweep: a value, a list of them, or <c>@{ LogUniform = 1e-4, 1e-2 }</c>. A value may itself be a table: <c>@{
/// cat = 5 }</c> for -ClassWeight.
/// </summary>
internal static class DistributionArgument
{
    private const string UniformKey = "UNIFORM";
    private const string LogUniformKey = "LOGUNIFORM";

    /// <summary>Makes the distribution.</summary>
    /// <exception cref="CnnException"><c>SweepDistribution</c> or <c>SweepValue</c>: it is not valid for values of this type.</exception>
    public static Distribution Read(string name, Type type, object? argument)
    {
        object? value = argument.Unwrap();
        try
        {
            return value is IDictionary table && !IsValue(type, table) ? Range(type, table) : new Choice(List(value).Select(item => TrialParameters.Plain(TrialParameters.Convert(name, type, item))));
        }
        catch (CnnException error) when (error.ErrorId == "SweepDistribution")
        {
            throw new CnnException(error.ErrorId, error.Kind, $"{name}: {error.Message}", error) { Target = argument };
        }
    }

    /// <summary>Whether a table is one value, of a parameter whose values are written as tables, and not a range.</summary>
    private static bool IsValue(Type type, IDictionary table) =>
        TrialValueAttribute.TakesTables(type) && !(table.Count == 1 && $"{table.Keys.Cast<object>().First()}".ToUpperInvariant() is UniformKey or LogUniformKey);

    private static Distribution Range(Type type, IDictionary range)
    {
        bool isInteger = Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;
        bool isNumber = isInteger || Type.GetTypeCode(type) is TypeCode.Single or TypeCode.Double;
        if (range.Count == 1 && isNumber && !type.IsEnum)
        {
            DictionaryEntry only = range.Cast<DictionaryEntry>().First();
            double[] bounds = [.. List(only.Value).Select(bound => (double)TrialParameters.Convert("A bound", typeof(double), bound))];
            switch ($"{only.Key}".ToUpperInvariant(), bounds.Length)
            {
                case (UniformKey, 2):
                    return new Uniform(bounds[0], bounds[1], isInteger);
                case (LogUniformKey, 2):
                    return new LogUniform(bounds[0], bounds[1], isInteger);
            }
        }

        throw new CnnException(
            "SweepDistribution",
            CnnErrorKind.InvalidArgument,
            isNumber && !type.IsEnum
                ? "A range is @{ Uniform = least, greatest } or @{ LogUniform = least, greatest }; a list of values needs no braces."
                : $"A range of {type.Name} values is not possible: list them.");
    }

    private static IEnumerable<object?> List(object? value) => value is IEnumerable list and not (string or IDictionary) ? list.Cast<object?>() : [value];
}
