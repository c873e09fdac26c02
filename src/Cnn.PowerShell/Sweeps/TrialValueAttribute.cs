using System.Collections;
using System.Globalization;
using System.Management.Automation;
using Cnn.Data;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>
/// Converts a setting, and reports an error if that is not possible. PowerShell alone would ignore a property of a pipeline object that it cannot convert,
/// and the trial would silently run with the default.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TrialValueAttribute : ArgumentTransformationAttribute
{
    private readonly Type _type;

    /// <summary>Names the type of the setting.</summary>
    /// <param name="type">The type of the parameter.</param>
    public TrialValueAttribute(Type type) => _type = type;

    /// <summary>
    /// Whether null or an empty text counts as a setting that is not given: in a table with trials of several kinds, each row has the columns of all.
    /// </summary>
    public bool AllowEmpty { get; set; }

    /// <summary>Whether a value may be written as a table.</summary>
    /// <param name="type">The type of the value.</param>
    /// <returns>True or false.</returns>
    public static bool TakesTables(Type type) => type == typeof(Augmentation) || type == typeof(ClassWeights) || type == typeof(LearningRateFactors);

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        string text = LanguagePrimitives.ConvertTo<string>(inputData);
        bool isEmpty = string.IsNullOrWhiteSpace(text);
        if (isEmpty && AllowEmpty)
        {
            return _type == typeof(SwitchParameter) ? default(SwitchParameter) : null;
        }

        if (_type == typeof(SwitchParameter) || _type == typeof(bool))
        {
            // To PowerShell any text that is not empty is true, 'False' too.
            bool holds = bool.TryParse(text, out bool isTrue) ? isTrue : throw Error(text, "True or False");
            return _type == typeof(bool) ? holds : new SwitchParameter(holds);
        }

        object? plain = inputData.Unwrap();
        if (NumberArgument.IsNumber(_type))
        {
            return NumberArgument.Read(_type, plain, out object number) is { } problem ? throw Error(problem) : number;
        }

        if (_type == typeof(ClassWeights) && plain is IDictionary or string && !isEmpty)
        {
            return FromTable(plain, ClassWeights.Parse, weights => new ClassWeights(weights));
        }

        if (_type == typeof(LearningRateFactors) && plain is IDictionary or string && !isEmpty)
        {
            return FromTable(plain, LearningRateFactors.Parse, factors => new LearningRateFactors(factors));
        }

        if (_type == typeof(Augmentation) && plain is IDictionary table)
        {
            inputData = WithNumbers(table);
        }

        if (!isEmpty && LanguagePrimitives.TryConvertTo(inputData, _type, CultureInfo.InvariantCulture, out object value))
        {
            return value;
        }

        throw Error(text, _type == typeof(Augmentation)
            ? "an augmentation: pass an object from New-CnnAugmentation, a table of its settings like @{ Shift = 2; Rotation = 10 }, or a text like 'shift 2, rotation 10'"
            : _type == typeof(ClassWeights) ? "a class weight: pass Balanced, or a table of weights by class like @{ cat = 5; dog = 1 }"
            : _type == typeof(LearningRateFactors) ? "a factor of the learning rate: pass a table of factors by layer like @{ Dense1 = 10; '*.bias' = 2 }"
            : _type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(_type))}" : $"a value ({_type.Name})");
    }

    /// <summary>The settings of an augmentation, with numbers read strictly.</summary>
    private static Hashtable WithNumbers(IDictionary table)
    {
        Hashtable read = new(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in table)
        {
            object? value = entry.Value.Unwrap();
            Type? type = Array.Find(typeof(Augmentation).GetProperties(), property => property.Name.Equals($"{entry.Key}", StringComparison.OrdinalIgnoreCase))?.PropertyType;
            if (type != null && NumberArgument.IsNumber(type))
            {
                value = NumberArgument.Read(type, value, out object number) is { } problem ? throw Error($"{entry.Key}: {problem}") : number;
            }

            read[$"{entry.Key}"] = value;
        }

        return read;
    }

    /// <summary>Numbers by name, from a table or a text.</summary>
    private static T FromTable<T>(object plain, Func<string, T> parse, Func<IReadOnlyDictionary<string, double>, T> create)
    {
        try
        {
            if (plain is not IDictionary table)
            {
                return parse((string)plain);
            }

            Dictionary<string, double> numbers = new(StringComparer.Ordinal);
            foreach (DictionaryEntry entry in table)
            {
                string name = LanguagePrimitives.ConvertTo<string>(entry.Key);
                if (NumberArgument.Read(typeof(double), entry.Value.Unwrap(), out object number) is { } problem)
                {
                    throw Error($"{name}: {problem}");
                }

                if (!numbers.TryAdd(name, (double)number))
                {
                    throw Error($"'{name}' occurs twice in the table.");
                }
            }

            return create(numbers);
        }
        catch (CnnException e)
        {
            throw new ArgumentTransformationMetadataException(e.Message, e);
        }
    }

    private static ArgumentTransformationMetadataException Error(string text, string needed) => Error($"'{text}' is not {needed}.");

    private static ArgumentTransformationMetadataException Error(string problem) => new($"{problem} A trial that leaves a setting to its default lacks the property.");
}
