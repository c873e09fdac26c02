using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;

namespace Cnn.Shell;

/// <summary>Output to standard output, errors, warnings and progress to standard error; questions are asked where there is someone to answer.</summary>
internal sealed class ShellScreen : PSHostUserInterface
{
    private static readonly bool HasNoColor = Environment.GetEnvironmentVariable("NO_COLOR") != null;
    private readonly ProgressLine _progress = new();

    /// <summary>Whether an error was shown.</summary>
    public bool HasShownErrors { get; private set; }

    /// <summary>Whether what is laid out as output is an error.</summary>
    public bool IsOutputError { get; set; }

    public override PSHostRawUserInterface RawUI { get; } = new ShellRawScreen();

    public override bool SupportsVirtualTerminal => !Console.IsOutputRedirected && !HasNoColor;

    /// <summary>Takes the progress off the screen.</summary>
    public void ClearProgress() => _progress.Clear();

    public override void Write(string value) => Out(value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Out(value);

    public override void WriteLine(string value) => Out(value + Environment.NewLine);

    public override void WriteErrorLine(string value)
    {
        HasShownErrors = true;
        Error(value + Environment.NewLine);
    }

    public override void WriteDebugLine(string message) => Error($"DEBUG: {message}{Environment.NewLine}");

    public override void WriteVerboseLine(string message) => Error($"VERBOSE: {message}{Environment.NewLine}");

    public override void WriteWarningLine(string message) => Error($"WARNING: {message}{Environment.NewLine}");

    public override void WriteProgress(long sourceId, ProgressRecord record) => _progress.Show(record);

    public override string ReadLine() => Ask("");

    public override SecureString ReadLineAsSecureString() => throw CannotAsk();

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        descriptions.ToDictionary(field => field.Name, field => PSObject.AsPSObject(Ask($"{field.Name}: ")));

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        // &Yes: the character behind the ampersand is the answer.
        string[] keys = [.. choices.Select(choice => $"{choice.Label[choice.Label.IndexOf('&', StringComparison.Ordinal) + 1]}")];
        string question = string.Join("  ", choices.Select((choice, index) => $"[{keys[index]}] {choice.Label.Replace("&", "", StringComparison.Ordinal)}"));
        while (true)
        {
            string answer = Ask($"{caption}{Environment.NewLine}{message}{Environment.NewLine}{question} (default is \"{keys[defaultChoice]}\"): ");
            int choice = answer.Length == 0 ? defaultChoice : Array.FindIndex(keys, key => key.Equals(answer, StringComparison.OrdinalIgnoreCase));
            if (choice >= 0)
            {
                return choice;
            }
        }
    }

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw CannotAsk();

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw CannotAsk();

    private static PSInvalidOperationException CannotAsk() => new("This program asks no questions here: pass the value as a parameter.");

    private string Ask(string question)
    {
        if (Console.IsInputRedirected)
        {
            throw CannotAsk();
        }

        Out(question);
        return Console.ReadLine() ?? throw new PipelineStoppedException();
    }

    private void Out(string value)
    {
        if (IsOutputError)
        {
            HasShownErrors = true;
            Error(value);
        }
        else
        {
            Write(Console.Out, value, !SupportsVirtualTerminal);
        }
    }

    private void Error(string value) => Write(Console.Error, value, Console.IsErrorRedirected || HasNoColor);

    /// <summary>The engine colours whatever it lays out; in a file there are no colours.</summary>
    private void Write(TextWriter writer, string value, bool isPlain)
    {
        _progress.Clear();
        writer.Write(isPlain ? new StringDecorated(value).ToString(OutputRendering.PlainText) : value);
    }
}
