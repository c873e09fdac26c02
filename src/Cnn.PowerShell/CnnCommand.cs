using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Host;
using Cnn.Data;
using Cnn.Pictures;

namespace Cnn.PowerShell;

/// <summary>The common base of all cmdlets of the module: how they stop, and how an error of the engine becomes a PowerShell error.</summary>
public abstract class CnnCommand : PSCmdlet
{
    // Never disposed: PowerShell may call StopProcessing while it disposes the cmdlet, and a source without a timer holds no resources.
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Is cancelled when the pipeline is stopped, for example by Ctrl-C.</summary>
    protected CancellationToken StoppingToken => _stopping.Token;

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Calls the engine for one object of the pipeline: an error is reported, and the pipeline continues with the next object.</summary>
    /// <param name="work">The augmentation.</param>
    protected void Attempt(Action work) => Run(work, WriteError);

    /// <summary>Calls the engine for each file or folder that matches the paths: an error is reported, and the next one is processed.</summary>
    /// <param name="paths">The paths.</param>
    /// <param name="areLiteral">Whether wildcards are taken literally.</param>
    /// <param name="work">The action for each file system path.</param>
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

    /// <summary>Calls the engine for the cmdlet's only task: an error ends the cmdlet.</summary>
    /// <param name="work">The augmentation.</param>
    protected void Require(Action work) => Run(work, ThrowTerminatingError);

    /// <summary>
    /// Writes progress and the like while the engine works. A pipeline that is being stopped refuses that; then the engine is signalled to stop, and ends in
    /// an orderly way.
    /// </summary>
    /// <param name="write">The label.</param>
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
    /// Ends a cmdlet that was stopped. The pipeline accepts no more objects, and nothing is assigned. But the variable of -OutVariable exists from the
    /// beginning and outlasts the pipeline, so the result so far is stored there.
    /// </summary>
    /// <param name="result">The result so far.</param>
    /// <param name="warning">Where it stopped, and how to continue.</param>
    /// <exception cref="PipelineStoppedException">Always.</exception>
    protected void EndStopped(object result, string warning)
    {
        WarnStopped(warning);
        AddToVariable("OutVariable", PSObject.AsPSObject(result));
        throw new PipelineStoppedException();
    }

    /// <summary>
    /// Writes a warning in a pipeline that is being stopped. Its warning stream is already closed, so the line goes to the host, if warnings are wanted, and
    /// into the variable of -WarningVariable.
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
            // The host shows nothing: the checkpoint and the result exist nevertheless.
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

    /// <summary>Warns if images were converted from pictures differently than those that a model was trained on.</summary>
    /// <param name="trained">The conversion of the model's training images; null if it is not known.</param>
    /// <param name="images">The images.</param>
    private protected void WarnOfConversion(PictureConversion? trained, ImageSet images)
    {
        if (images.Conversion is { } made && made.DiffersFrom(trained))
        {
            WriteWarning(
                $"The pictures of '{images.Name}' were converted as: {made.Settings}; those that the model was trained on as: {trained!.Settings}. "
                + "If this is not intended, import them like the others, with -Invert, -Center, -Fit and -Fill of Import-CnnImageSet.");
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
