using System.Globalization;
using System.Management.Automation.Host;

namespace Cnn.Shell;

/// <summary>What the engine asks of the program that it runs in.</summary>
internal sealed class ShellHost : PSHost
{
    private readonly ShellScreen _screen = new();

    /// <summary>The screen.</summary>
    public ShellScreen Screen => _screen;

    /// <summary>The exit code that a command asked for; null where none did.</summary>
    public int? RequestedExitCode { get; private set; }

    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "Cnn.Shell";

    public override PSHostUserInterface UI => _screen;

    public override Version Version { get; } = typeof(ShellHost).Assembly.GetName().Version ?? new Version(0, 0);

    public override void SetShouldExit(int exitCode) => RequestedExitCode = exitCode;

    public override void EnterNestedPrompt() => throw new NotSupportedException("This program has no prompt to nest.");

    public override void ExitNestedPrompt() => throw new NotSupportedException("This program has no prompt to leave.");

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }
}
