using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Presets;

namespace Cnn.PowerShell;

/// <summary>Completes the names of the presets, with their descriptions.</summary>
public sealed class PresetCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Preset.All
            .Where(preset => preset.Name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(preset => new CompletionResult(preset.Name, preset.Name, CompletionResultType.ParameterValue, preset.Description));
}
