using System.Management.Automation;
using System.Reflection;
using Cnn.Data;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>The settings of a training that a trial can carry: what Invoke-CnnTraining itself says, so that no list can fall behind.</summary>
internal static class TrialParameters
{
    /// <summary>The seed, which every trial of a sweep has.</summary>
    public const string Seed = nameof(InvokeCnnTrainingCommand.Seed);

    private static readonly Dictionary<string, PropertyInfo> ByName = typeof(InvokeCnnTrainingCommand).GetProperties()
        .Where(property => property.IsDefined(typeof(TrialValueAttribute)))
        .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => ByName.Values.Select(property => property.Name);

    /// <summary>The parameter of a name, whose case does not matter; null where there is none.</summary>
    public static PropertyInfo? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The settings that the cmdlet got.</summary>
    public static GivenSettings GivenTo(InvokeCnnTrainingCommand command) =>
        new(ByName.Values.Select(property => KeyValuePair.Create(property.Name, property.GetValue(command))));

    /// <summary>Whether a parameter serves a trial that brings its model; those that say how a new model is made do not.</summary>
    public static bool GoesWithModel(PropertyInfo property) => property.GetCustomAttributes<ParameterAttribute>()
        .Any(parameter => parameter.ParameterSetName is ParameterAttribute.AllParameterSets or InvokeCnnTrainingCommand.ModelSet);

    /// <summary>The type of a parameter's values.</summary>
    public static Type TypeOf(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    /// <summary>Converts a setting of a training as the binding of Invoke-CnnTraining does; null for one that is left open.</summary>
    /// <exception cref="CnnException"><c>SweepValue</c>: it cannot be converted.</exception>
    public static object? Convert(PropertyInfo property, object? value) => Convert(property.Name, property.GetCustomAttribute<TrialValueAttribute>()!, value);

    /// <summary>Converts any other value.</summary>
    /// <exception cref="CnnException"><c>SweepValue</c>: it cannot be converted.</exception>
    public static object Convert(string name, Type type, object? value) => Convert(name, new TrialValueAttribute(type), value)!;

    /// <summary>A converted value as an identifier and a table have it: augmentations and class weights are their texts, which convert back.</summary>
    public static object Plain(object value) => value switch
    {
        SwitchParameter isPresent => isPresent.ToBool(),
        Augmentation or ClassWeights or LearningRateFactors => $"{value}",
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
