using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Cnn.PowerShell;

/// <summary>Completes the names of a model's layers, with their settings. The model is the argument, or the variable that the pipeline begins with.</summary>
public sealed class LayerCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletedModel.Layers(CompletedModel.Of(fakeBoundParameters["Model"], commandAst), model => model.Summary.Select(layer => layer.Name), wordToComplete);
}
