using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Layers;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>
/// Refuses an object that is only a copy of another object's properties, as returned by Start-Job, a remote session or Import-Clixml: it contains no pixels
/// and no layers. PowerShell alone would only say that it cannot be converted. A model comes with its file, and is made again.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LiveObjectAttribute : ArgumentTransformationAttribute
{
    private const string Prefix = "Deserialized.";

    /// <summary>For objects that a cmdlet works with. Trials and predictions are plain data, which a copy of their properties contains too.</summary>
    private static readonly Dictionary<string, string> Names = new[]
        {
            typeof(ImageSet), typeof(Model), typeof(Ensemble), typeof(Layer), typeof(TrainingResult), typeof(AccuracyReport),
        }
        .ToDictionary(type => Prefix + type.FullName, type => type.Name);

    /// <summary>Whether the parameter takes images: then a model in their place, because of a wrong order of arguments, is an error that says so.</summary>
    public bool NeedsImages { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData switch
    {
        PSObject { BaseObject: IClassifier or TrainingResult or AccuracyReport } or IClassifier or TrainingResult or AccuracyReport when NeedsImages =>
            throw new ArgumentTransformationMetadataException(
                $"'{inputData}' is not an image set. Images come first and the model second, or through the pipeline: -Data $images -Model $model."),
        object[] list => Array.ConvertAll(list, Live),
        PSObject { BaseObject: object[] list } => Array.ConvertAll(list, Live),
        _ => Live(inputData),
    };

    /// <summary>Whether an object is a copy of the properties of a model.</summary>
    /// <param name="candidate">The object.</param>
    internal static bool IsCopyOfModel(PSObject candidate) => NameOf(candidate) == nameof(Model);

    /// <summary>The error for an object that is such a copy; null if it is not.</summary>
    /// <param name="candidate">The object.</param>
    internal static string? ProblemOf(PSObject candidate) => NameOf(candidate) is { } name
        ? $"This {name} contains only copies of the properties of an object from another process (Start-Job, a remote session, Import-Clixml), which is not enough. "
            + "Use Start-ThreadJob or ForEach-Object -Parallel, which pass on the object itself, or files: Export-CnnModel and Import-CnnModel, "
            + "Export-CnnImageSet and Import-CnnImageSet."
        : null;

    private static object? Live(object? value)
    {
        if (value is not PSObject copy || ProblemOf(copy) is not { } problem)
        {
            return value;
        }

        if (IsCopyOfModel(copy) && LanguagePrimitives.TryConvertTo(copy, typeof(Model), out object model))
        {
            return model;
        }

        // The model of a result is bound by the name of its property.
        return copy.Properties[nameof(Model)]?.Value is PSObject { BaseObject: Model } or Model ? value : throw new ArgumentTransformationMetadataException(problem);
    }

    private static string? NameOf(PSObject candidate) => candidate.TypeNames.Select(type => Names.GetValueOrDefault(type)).FirstOrDefault(name => name != null);
}
