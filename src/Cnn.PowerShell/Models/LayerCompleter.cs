using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Models;

namespace Cnn.PowerShell;

/// <summary>Completes the names of a model's layers, with their settings. The model is the argument, or the variable that the pipeline begins with.</summary>
public sealed class LayerCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        Model? model = CompletedModel.Of(fakeBoundParameters["Model"], commandAst);
        return model == null
            ? []
            : model.Summary
                .Where(layer => layer.Name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
                .Select(layer => new CompletionResult(layer.Name, layer.Name, CompletionResultType.ParameterValue, $"{layer.Layer}"));
    }
}
