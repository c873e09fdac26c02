using System.Management.Automation;
using System.Management.Automation.Language;
using Cnn.Data;
using Cnn.Training;

namespace Cnn.PowerShell;

// The reports of a training while it runs, and where it was stopped.
public sealed partial class InvokeCnnTrainingCommand
{
    /// <summary>A script that runs after each epoch; the epoch is $_.</summary>
    [Parameter]
    public ScriptBlock? EpochAction { get; set; }

    /// <summary>The file to which each epoch is appended: .jsonl, .csv, or .tfevents for TensorBoard.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    private TrainingLog? OpenLog(TrainingHistory history, bool goesOn)
    {
        if (LogPath == null)
        {
            return null;
        }

        string path = FileSystemPath.Literal(this, LogPath);
        return goesOn && !Force ? TrainingLog.Resume(path, history) : TrainingLog.Begin(path, history, Force);
    }

    /// <summary>Writes a verbose line for an epoch.</summary>
    private void WriteEpoch(EpochRecord epoch, int epochs)
    {
        string validation = epoch.ValidationAccuracy is { } accuracy
            ? FormattableString.Invariant($", validation accuracy {accuracy:P2}, validation loss {epoch.ValidationLoss:F4}")
            : "";
        WriteVerbose(FormattableString.Invariant(
            $"Epoch {epoch.Epoch} of {epochs}: loss {epoch.Loss:F4}{validation}, {epoch.ImagesPerSecond:N0} images/s"));
    }

    /// <summary>Runs the script for an epoch. Its output goes to the information stream, because the pipeline carries the result of the training.</summary>
    private void Act(EpochRecord epoch)
    {
        if (EpochAction == null)
        {
            return;
        }

        try
        {
            foreach (PSObject output in EpochAction.InvokeWithContext(null, [new PSVariable("_", epoch)], epoch))
            {
                WriteInformation(new InformationRecord(output, MyInvocation.MyCommand.Name));
            }
        }
        catch (RuntimeException error) when (error is not PipelineStoppedException)
        {
            throw new CnnException(
                "EpochActionFailed",
                CnnErrorKind.OperationFailed,
                $"The script of -EpochAction failed after epoch {epoch.Epoch}, and the training ended there: {error.Message} Correct the script; with checkpoints, -Resume continues after this epoch.",
                error)
            { Target = epoch };
        }
    }

    private string WhereStopped(TrainingResult result, CheckpointFolder? checkpoints)
    {
        int batches = (Data.Count + result.Options.BatchSize - 1) / result.Options.BatchSize;
        int finished = result.History.Epochs.Count;
        string where = $"The training of {result.Model.Name} was stopped in epoch {finished + 1} of {result.Options.Epochs}, "
            + $"after batch {result.History.Losses.Count - (finished * batches)} of {batches}. ";
        if (checkpoints == null)
        {
            return where + "No checkpoint was written. A model in a variable keeps what it has learned; with -CheckpointPath and -Resume, a stopped training can be continued.";
        }

        string interval = (CheckpointInterval > 0 ? $" -CheckpointInterval {CheckpointInterval}" : "") + (CheckpointCount > 0 ? $" -CheckpointCount {CheckpointCount}" : "");
        return where + $"To continue from '{checkpoints.Newest}', run: {MyInvocation.MyCommand.Name} {ImagesAsWritten()} "
            + $"-CheckpointPath '{CodeGeneration.EscapeSingleQuotedStringContent(checkpoints.Path)}' -Resume{interval}";
    }

    /// <summary>The arguments that name the images, as written in the line that started the training; their names if the line does not show them.</summary>
    private string ImagesAsWritten()
    {
        string line = MyInvocation.Line ?? "";
        CommandAst? command = Parser.ParseInput(line, out _, out _)
            .FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true)
            .Cast<CommandAst>()
            .FirstOrDefault(ast => ast.Extent.StartColumnNumber == MyInvocation.OffsetInLine);
        Dictionary<string, ParameterBindingResult> written = command == null ? [] : StaticParameterBinder.BindCommand(command).BoundParameters;
        string Argument(string name, ImageSet images) =>
            $"-{name} {(written.TryGetValue(name, out ParameterBindingResult? argument) && argument.Value != null ? argument.Value.Extent.Text : $"<{images.Name}>")}";
        return ValidationData == null
            ? Argument(nameof(Data), Data)
            : $"{Argument(nameof(Data), Data)} {Argument(nameof(ValidationData), ValidationData)}";
    }
}
