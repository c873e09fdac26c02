using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>The model that a command line refers to while it is being typed.</summary>
internal static class CompletedModel
{
    /// <summary>Finds the model, its training result or its accuracy report: the argument, or else the variable that the pipeline begins with.</summary>
    /// <param name="argument">The value of the command's parameter; null if there is none yet.</param>
    /// <param name="command">The command being completed.</param>
    /// <returns>The model; null if there is none.</returns>
    public static Model? Of(object? argument, CommandAst command) => (argument ?? PipelineVariable(command)).Unwrap() switch
    {
        Model model => model,
        TrainingResult result => result.Model,
        AccuracyReport report => report.Model as Model,
        _ => null,
    };

    /// <summary>Completes the names of layers of a model, with their settings.</summary>
    /// <param name="model">The model; null for no completions.</param>
    /// <param name="namesOf">The names that are offered for a model.</param>
    /// <param name="word">The beginning of the name, possibly with a quotation mark.</param>
    /// <returns>The completions.</returns>
    public static IEnumerable<CompletionResult> Layers(Model? model, Func<Model, IEnumerable<string>> namesOf, string word) =>
        model == null
            ? []
            : namesOf(model)
                .Where(name => name.StartsWith(word.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
                .Select(name => new CompletionResult(name, name, CompletionResultType.ParameterValue, $"{model.FindLayer(name).Layer}"));

    /// <summary>The value of $model in <c>$model | Export-CnnPlot -Layer</c>.</summary>
    private static object? PipelineVariable(CommandAst command)
    {
        if (command.Parent is not PipelineAst { PipelineElements: [CommandExpressionAst { Expression: VariableExpressionAst variable }, ..] })
        {
            return null;
        }

        // Only the variable is evaluated.
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddScript(variable.Extent.Text).Invoke().FirstOrDefault();
    }
}
