using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace Cnn.Shell;

/// <summary>One PowerShell engine with the module, its screen, and what Ctrl-C does to it.</summary>
internal sealed class ShellSession : IDisposable
{
    private const int ErrorExitCode = 1;
    private const int StoppedExitCode = 130;
    private readonly ShellHost _host = new();
    private readonly Runspace _runspace;
    private System.Management.Automation.PowerShell? _running;
    private volatile bool _isStopped;

    /// <summary>Opens the engine.</summary>
    public ShellSession()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            // Who starts this program with a script wants the script to run; other systems have no such policy, and setting it throws there.
            state.ExecutionPolicy = ExecutionPolicy.Bypass;
        }

        state.ImportPSModule([ModuleManifest.Find()]);
        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.Open();
        Runspace.DefaultRunspace = _runspace;
        Console.CancelKeyPress += Stop;
    }

    /// <summary>Runs a script or a command to its end, its output going to the screen.</summary>
    /// <returns>The exit code of the process.</returns>
    public int Run(CommandLine commandLine)
    {
        using var shell = System.Management.Automation.PowerShell.Create(_runspace);
        if (commandLine.IsScriptFile)
        {
            var script = new Command(Path.GetFullPath(commandLine.Text));
            foreach (CommandParameter parameter in commandLine.Parameters)
            {
                script.Parameters.Add(parameter);
            }

            shell.Commands.AddCommand(script);
        }
        else
        {
            shell.AddScript(commandLine.Text);
        }

        _running = shell;
        try
        {
            if (!_isStopped)
            {
                RunToScreen(shell);
            }
        }
        catch (PipelineStoppedException)
        {
            _isStopped = true;
        }
        catch (ParseException error) when (!commandLine.IsScriptFile)
        {
            // The engine lays such an error out with the line of a script file, which there is not.
            _host.Screen.WriteErrorLine($"ParserError: {error.Message}");
        }
        catch (RuntimeException error)
        {
            Show(error.ErrorRecord);
        }
        finally
        {
            _running = null;
            _host.Screen.ClearProgress();
        }

        return ExitCode();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Console.CancelKeyPress -= Stop;
        _runspace.Dispose();
    }

    /// <summary>Errors go the way of the output, so that both come out in their order; Out-Default tells them apart.</summary>
    private static void RunToScreen(System.Management.Automation.PowerShell shell)
    {
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddCommand("Out-Default").Invoke();
    }

    private int ExitCode()
    {
        if (_isStopped)
        {
            return StoppedExitCode;
        }

        // A script file's exit statement sets $LASTEXITCODE; that of a command asks the host to exit.
        int exitCode = _host.RequestedExitCode ?? (_runspace.SessionStateProxy.GetVariable("LASTEXITCODE") as int? ?? 0);
        return exitCode == 0 && _host.Screen.HasShownErrors ? ErrorExitCode : exitCode;
    }

    /// <summary>Shows the error that ended the pipeline the way PowerShell shows it.</summary>
    private void Show(ErrorRecord error)
    {
        using var shell = System.Management.Automation.PowerShell.Create(_runspace);
        _host.Screen.IsOutputError = true;
        shell.AddCommand("Out-Default").AddParameter("InputObject", error).Invoke();
        _host.Screen.IsOutputError = false;
    }

    /// <summary>The first Ctrl-C stops the pipeline and lets the program end in order; a second one ends it at once.</summary>
    private void Stop(object? sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = !_isStopped;
        _isStopped = true;
        _running?.BeginStop(callback: null, state: null);
    }
}
