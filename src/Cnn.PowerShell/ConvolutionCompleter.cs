using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Plots;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>
/// Completes the names of a model's convolutions, with their settings: of the model that is passed, or of the variable that the pipeline
/// begins with.
/// </summary>
public sealed class ConvolutionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        Model? model = ModelOf(fakeBoundParameters["InputObject"] ?? PipelineVariable(commandAst));
        return model == null
            ? []
            : FilterSheet.LayersOf(model)
                .Where(name => name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
                .Select(name => new CompletionResult(name, name, CompletionResultType.ParameterValue, $"{model.FindLayer(name).Layer}"));
    }

    private static Model? ModelOf(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        Model model => model,
        TrainingResult result => result.Model,
        AccuracyReport report => report.Model,
        _ => null,
    };

    /// <summary>The value of $model in <c>$model | Export-CnnPlot -Layer</c>.</summary>
    private static object? PipelineVariable(CommandAst command) =>
        command.Parent is PipelineAst { PipelineElements: [CommandExpressionAst { Expression: VariableExpressionAst variable }, ..] }
            ? Runspace.DefaultRunspace?.SessionStateProxy.GetVariable(variable.VariablePath.UserPath)
            : null;
}
