using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>Completes the epochs that have checkpoints in the folder named by -CheckpointPath.</summary>
public sealed class CheckpointEpochCompleter : IArgumentCompleter
{
    /// <summary>A completer has no cmdlet that could tell the current location.</summary>
    private static readonly ScriptBlock Resolve = ScriptBlock.Create("$ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($args[0])");

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (fakeBoundParameters["CheckpointPath"] is not { } path)
        {
            return [];
        }

        try
        {
            return
            [
                .. new CheckpointFolder($"{Resolve.InvokeReturnAsIs(path)}").Epochs
                    .Select(epoch => $"{epoch}")
                    .Where(epoch => epoch.StartsWith(wordToComplete, StringComparison.Ordinal))
                    .Select(epoch => new CompletionResult(
                        epoch, epoch, CompletionResultType.ParameterValue, epoch == "0" ? "The beginning" : $"The end of epoch {epoch}")),
            ];
        }
        catch (Exception e) when (e is CnnException or RuntimeException)
        {
            // Nothing to offer: the cmdlet itself will report what is wrong with the path.
            return [];
        }
    }
}
