using System.Management.Automation;
using System.Reflection;

namespace Cnn.PowerShell;

/// <summary>The settings of a training that a trial can contain, taken from the parameters of Invoke-CnnTraining, so there is no separate list to keep up to date.</summary>
internal static class TrialParameters
{
    /// <summary>The seed, which every trial of a sweep has.</summary>
    public const string Seed = nameof(InvokeCnnTrainingCommand.Seed);

    private static readonly Dictionary<string, PropertyInfo> ByName = typeof(InvokeCnnTrainingCommand).GetProperties()
        .Where(property => property.IsDefined(typeof(TrialValueAttribute)))
        .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => ByName.Values.Select(property => property.Name);

    /// <summary>The parameter of a name, whose case does not matter; null if there is none.</summary>
    public static PropertyInfo? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The settings that were passed to the cmdlet.</summary>
    public static GivenSettings GivenTo(InvokeCnnTrainingCommand command) =>
        new(ByName.Values.Select(property => KeyValuePair.Create(property.Name, property.GetValue(command))));

    /// <summary>Whether a parameter applies to a trial that brings its model; those for making a new model do not.</summary>
    public static bool GoesWithModel(PropertyInfo property) => property.GetCustomAttributes<ParameterAttribute>()
        .Any(parameter => parameter.ParameterSetName is ParameterAttribute.AllParameterSets or InvokeCnnTrainingCommand.ModelSet);

    /// <summary>The type of a parameter's values.</summary>
    public static Type TypeOf(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    /// <summary>Converts a setting of a training like the binding of Invoke-CnnTraining; null if it is not set.</summary>
    /// <exception cref="CnnException"><c>SweepValue</c>: it cannot be converted.</exception>
    public static object? Convert(PropertyInfo property, object? value) => Convert(property.Name, property.GetCustomAttribute<TrialValueAttribute>()!, value);

    /// <summary>Converts any other value.</summary>
    /// <exception cref="CnnException"><c>SweepValue</c>: it cannot be converted.</exception>
    public static object Convert(string name, Type type, object? value) => Convert(name, new TrialValueAttribute(type), value)!;

    /// <summary>A converted value in the form for an identifier and a table: augmentations and class weights become their texts, which can be converted back.</summary>
    public static object Plain(object value) => value switch
    {
        SwitchParameter isPresent => isPresent.ToBool(),
        _ when TrialValueAttribute.TakesTables(value.GetType()) => $"{value}",
        _ => value,
    };

    private static object? Convert(string name, TrialValueAttribute transformation, object? value)
    {
        try
        {
            return transformation.Transform(null!, value!);
        }
        catch (ArgumentTransformationMetadataException error)
        {
            throw new CnnException("SweepValue", CnnErrorKind.InvalidArgument, $"{name}: {error.Message}", error) { Target = value };
        }
    }
}
