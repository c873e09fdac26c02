using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Completes the class names of the image set that a command gets, as an argument or through the pipeline.</summary>
public sealed class ClassNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        object? data = fakeBoundParameters["Data"] ?? FromPipeline(commandAst);
        if (data.Unwrap() is not ImageSet images)
        {
            return [];
        }

        string word = wordToComplete.Trim('\'', '"');
        return images.ClassNames
            .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(
                name.All(char.IsLetterOrDigit) ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'",
                name,
                CompletionResultType.ParameterValue,
                name));
    }

    /// <summary>The value of a variable at the head of the pipeline. Anything else would have to be run first.</summary>
    private static object? FromPipeline(CommandAst command) =>
        command.Parent is PipelineAst pipeline
        && pipeline.PipelineElements[0] is CommandExpressionAst { Expression: VariableExpressionAst variable }
            ? ScriptBlock.Create(variable.Extent.Text).InvokeReturnAsIs()
            : null;
}
