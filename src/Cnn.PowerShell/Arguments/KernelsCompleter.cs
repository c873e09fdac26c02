using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Kernels;

namespace Cnn.PowerShell;

/// <summary>
/// Completes the names of kernels, those that this machine runs first. Others are accepted too: a sweep is often exported on a different machine than those
/// that train it.
/// </summary>
public sealed class KernelsCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        KernelSelection.Supported
            .Select(kernels => kernels.Name)
            .Where(name => name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name, name, CompletionResultType.ParameterValue, $"The {name} kernels, which this machine runs."));
}
