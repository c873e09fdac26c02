using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Cnn.Data;

namespace Cnn.PowerShell.Tests;

/// <summary>A PowerShell engine with the module imported, as a user has it.</summary>
public sealed class Session : IDisposable
{
    private static readonly Lazy<(ImageSet Train, ImageSet Test)> Mnist = new(ImportMnist);
    private readonly RecordingHost _host = new();

    /// <summary>Opens the engine.</summary>
    public Session()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([Repository.Manifest]);
        Runspace = RunspaceFactory.CreateRunspace(_host, state);
        Runspace.Open();
    }

    /// <summary>The engine.</summary>
    public Runspace Runspace { get; }

    /// <summary>What the host has shown since <see cref="Show"/> was last called.</summary>
    public string Shown => _host.Text;

    /// <summary>Gives the session $train, the first images of MNIST's training set, and $test, the first of its test set.</summary>
    public Session WithMnist(int train, int test)
    {
        Set("train", Mnist.Value.Train.Slice(0, train));
        Set("test", Mnist.Value.Test.Slice(0, test));
        return this;
    }

    /// <summary>Sets a variable.</summary>
    public void Set(string name, object? value) => Runspace.SessionStateProxy.SetVariable(name, value);

    /// <summary>The value of a variable.</summary>
    public T Get<T>(string name) => LanguagePrimitives.ConvertTo<T>(Runspace.SessionStateProxy.GetVariable(name));

    /// <summary>Runs a script and keeps everything that it gives.</summary>
    public Outcome Run(string script)
    {
        using var shell = System.Management.Automation.PowerShell.Create(Runspace);
        shell.AddScript(script);
        List<PSObject> output = [];
        ErrorRecord? terminating = null;
        try
        {
            output.AddRange(shell.Invoke());
        }
        catch (RuntimeException error)
        {
            terminating = error.ErrorRecord;
        }

        return new Outcome(output, [.. shell.Streams.Error], terminating, [.. shell.Streams.Progress], [.. shell.Streams.Verbose]);
    }

    /// <summary>Runs a script that gives one object and no error.</summary>
    public T Single<T>(string script)
    {
        Outcome outcome = Run(script);
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        return Assert.IsType<T>(Assert.Single(outcome.Output).BaseObject, exactMatch: false);
    }

    /// <summary>What the prompt shows of a script's output.</summary>
    public string Show(string script)
    {
        _host.Clear();
        using var shell = System.Management.Automation.PowerShell.Create(Runspace);
        shell.AddScript(script).AddCommand("Out-Default").Invoke();
        Assert.Empty(shell.Streams.Error);
        return _host.Text;
    }

    /// <summary>Checks that a script ends with one error, and that the session is usable afterwards.</summary>
    public ErrorRecord Fails(string script, string errorId, ErrorCategory category)
    {
        Outcome outcome = Run(script);
        ErrorRecord error = outcome.Terminating ?? Assert.Single(outcome.Errors);
        Assert.StartsWith($"{errorId},Cnn.PowerShell.", error.FullyQualifiedErrorId);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.Empty(outcome.Output);
        Assert.Equal("Baseline", Single<Cnn.Models.Model>("New-CnnModel -Preset Baseline -Seed 1").Name);
        return error;
    }

    /// <inheritdoc/>
    public void Dispose() => Runspace.Dispose();

    private static (ImageSet Train, ImageSet Test) ImportMnist()
    {
        using var session = new Session();
        return (session.Single<ImageSet>("Import-Mnist"), session.Single<ImageSet>("Import-Mnist -Subset Test"));
    }
}

/// <summary>What a script gave.</summary>
/// <param name="Output">The objects.</param>
/// <param name="Errors">The errors after which it went on.</param>
/// <param name="Terminating">The error that ended it.</param>
/// <param name="Progress">The progress records.</param>
/// <param name="Verbose">The verbose lines.</param>
public sealed record Outcome(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    ErrorRecord? Terminating,
    IReadOnlyList<ProgressRecord> Progress,
    IReadOnlyList<VerboseRecord> Verbose);
