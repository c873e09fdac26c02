using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Host;
using Cnn.Data;
using Cnn.Pictures;

namespace Cnn.PowerShell;

/// <summary>What all cmdlets of the module share: how they stop, and how an error of the engine becomes one of PowerShell.</summary>
public abstract class CnnCommand : PSCmdlet
{
    // Never disposed: PowerShell may call StopProcessing while it disposes the cmdlet, and a source without a timer holds nothing.
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Is cancelled when the pipeline is stopped, by Ctrl-C for instance.</summary>
    protected CancellationToken StoppingToken => _stopping.Token;

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Calls the engine for one object of the pipeline: an error is reported, and the pipeline goes on with the next object.</summary>
    /// <param name="work">What is done.</param>
    protected void Attempt(Action work) => Run(work, WriteError);

    /// <summary>Calls the engine for each file or folder that paths mean: an error is reported, and the next one has its turn.</summary>
    /// <param name="paths">The paths.</param>
    /// <param name="areLiteral">Whether wildcards are taken as they are.</param>
    /// <param name="work">What is done with each path of the file system.</param>
    protected void AttemptEach(string[] paths, bool areLiteral, Action<string> work)
    {
        foreach (string path in paths)
        {
            IReadOnlyList<string> files = [];
            Attempt(() => files = areLiteral ? [FileSystemPath.Literal(this, path)] : FileSystemPath.Matches(this, path));
            foreach (string file in files)
            {
                Attempt(() => work(file));
            }
        }
    }

    /// <summary>Calls the engine for the only thing the cmdlet does: an error ends it.</summary>
    /// <param name="work">What is done.</param>
    protected void Require(Action work) => Run(work, ThrowTerminatingError);

    /// <summary>
    /// Writes progress and the like while the engine works. A pipeline that is being stopped refuses that; then the engine gets a signal
    /// to stop, and goes its orderly way out.
    /// </summary>
    /// <param name="write">What is written.</param>
    protected void Report(Action write)
    {
        try
        {
            write();
        }
        catch (PipelineStoppedException)
        {
            _stopping.Cancel();
        }
    }

    /// <summary>
    /// Ends a cmdlet that was stopped. The pipeline takes no object any more, and nothing is assigned; but the variable that
    /// -OutVariable names is there from the beginning and outlasts the pipeline, so the result so far is put there.
    /// </summary>
    /// <param name="result">The result so far.</param>
    /// <param name="warning">Where it stopped, and how to go on.</param>
    /// <exception cref="PipelineStoppedException">Always.</exception>
    protected void EndStopped(object result, string warning)
    {
        WarnStopped(warning);
        AddToVariable("OutVariable", PSObject.AsPSObject(result));
        throw new PipelineStoppedException();
    }

    /// <summary>
    /// Writes a warning in a pipeline that is being stopped. Its warning stream is closed already, so the line goes to the host, where
    /// warnings are wanted, and into the variable of -WarningVariable.
    /// </summary>
    /// <param name="warning">The text.</param>
    protected void WarnStopped(string warning)
    {
        AddToVariable("WarningVariable", new WarningRecord(warning));
        object? preference = MyInvocation.BoundParameters.TryGetValue("WarningAction", out object? action)
            ? action
            : SessionState.PSVariable.GetValue("WarningPreference");
        if ($"{preference}" is nameof(ActionPreference.SilentlyContinue) or nameof(ActionPreference.Ignore))
        {
            return;
        }

        try
        {
            Host?.UI?.WriteWarningLine(warning);
        }
        catch (Exception error) when (error is HostException or NotImplementedException or NotSupportedException or InvalidOperationException)
        {
            // A host that shows nothing: the checkpoint and the result are there all the same.
        }
    }

    private void AddToVariable(string parameter, object item)
    {
        if (MyInvocation.BoundParameters.TryGetValue(parameter, out object? name)
            && SessionState.PSVariable.GetValue($"{name}".TrimStart('+')) is IList list)
        {
            list.Add(item);
        }
    }

    /// <summary>Warns where images were made differently of pictures than those that a model was trained on.</summary>
    /// <param name="trained">How those were made; null where nobody knows.</param>
    /// <param name="images">The images.</param>
    private protected void WarnOfConversion(PictureConversion? trained, ImageSet images)
    {
        if (images.Conversion is { } made && made.DiffersFrom(trained))
        {
            WriteWarning(
                $"The pictures of '{images.Name}' were read as: {made.Settings}; those that the model was trained on as: {trained!.Settings}. "
                + "Where that is not meant, import them as the others, with -Invert, -Center, -Fit and -Fill of Import-CnnImageSet.");
        }
    }

    private void Run(Action work, Action<ErrorRecord> report)
    {
        try
        {
            work();
        }
        catch (CnnException error)
        {
            report(CnnErrorRecord.Of(error));
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }
}
