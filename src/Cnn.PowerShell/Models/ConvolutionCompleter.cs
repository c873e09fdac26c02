using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Evaluation;
using Cnn.Plots;

namespace Cnn.PowerShell;

/// <summary>
/// Completes the names of a model's convolutions, or of its layers with feature maps if -Kind draws these, with their settings. The model is the argument, or
/// the variable that the pipeline begins with.
/// </summary>
public sealed class ConvolutionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletedModel.Layers(
            CompletedModel.Of(fakeBoundParameters["InputObject"], commandAst),
            model => IsOfMaps(fakeBoundParameters["Kind"]) ? ClassActivation.LayersOf(model) : FilterSheet.LayersOf(model),
            wordToComplete);

    private static bool IsOfMaps(object? kind) => Enum.TryParse($"{kind.Unwrap()}", ignoreCase: true, out PlotKind read) && read is PlotKind.Activations or PlotKind.ClassActivation;
}
