using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Evaluation;
using Cnn.Models;
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
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        Model? model = CompletedModel.Of(fakeBoundParameters["InputObject"], commandAst);
        return model == null
            ? []
            : (IsOfMaps(fakeBoundParameters["Kind"]) ? ClassActivation.LayersOf(model) : FilterSheet.LayersOf(model))
                .Where(name => name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
                .Select(name => new CompletionResult(name, name, CompletionResultType.ParameterValue, $"{model.FindLayer(name).Layer}"));
    }

    private static bool IsOfMaps(object? kind) => Enum.TryParse($"{kind.Unwrap()}", ignoreCase: true, out PlotKind read) && read is PlotKind.Activations or PlotKind.ClassActivation;
}
