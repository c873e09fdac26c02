using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Cnn.PowerShell;

/// <summary>Completes the filling beside a picture that is padded. Any other colour is accepted too.</summary>
public sealed class FillCompleter : IArgumentCompleter
{
    private static readonly (string Name, string Tip)[] Fills =
    [
        ("Edge", "The pixels at the edge of the picture, repeated."),
        ("Mean", "The mean colour of the picture."),
        ("Black", "Black."),
        ("White", "White."),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Fills
            .Where(fill => fill.Name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(fill => new CompletionResult(fill.Name, fill.Name, CompletionResultType.ParameterValue, fill.Tip));
}
