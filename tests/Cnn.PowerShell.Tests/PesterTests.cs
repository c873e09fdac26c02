using System.Text.Json;

namespace Cnn.PowerShell.Tests;

/// <summary>
/// Pester's tests in PowerShell itself: each of them is a result here. Where Pester cannot be run there are no rows, and that is a failure too.
/// </summary>
public sealed class PesterTests
{
    /// <summary>As most people have it.</summary>
    public static TheoryData<PesterResult> Plain() => Run("");

    /// <summary>Where a slip in a script is an error, and a number has a comma.</summary>
    public static TheoryData<PesterResult> StrictAndGerman() => Run("Set-StrictMode -Version Latest; [cultureinfo]::CurrentCulture = 'de-DE'");

    [Theory]
    [MemberData(nameof(Plain), DisableDiscoveryEnumeration = true)]
    public void Passes(PesterResult test) => Assert.True(test.Problem is null, test.Problem);

    [Theory]
    [MemberData(nameof(StrictAndGerman), DisableDiscoveryEnumeration = true)]
    public void Passes_in_strict_mode_and_in_German(PesterResult test) => Assert.True(test.Problem is null, test.Problem);

    private static TheoryData<PesterResult> Run(string prologue)
    {
        using var folder = new TemporaryFolder();
        string results = folder.File("results.json");
        string script = Path.Combine(Repository.Root, "tests", "Pester", "Invoke-Suite.ps1");
        (int exitCode, string output, string errors) = PwshProcess.RunFile(
            Repository.Root, script, "-PesterPath", PwshProcess.Pester, "-ResultPath", results, "-Prologue", prologue);
        Assert.True(exitCode == 0 && File.Exists(results), $"Pester did not run to its end (exit code {exitCode}).\n{output}\n{errors}");
        PesterResult[] tests = JsonSerializer.Deserialize<PesterResult[]>(File.ReadAllText(results))!;
        Assert.NotEmpty(tests);
        return [.. tests];
    }
}

/// <summary>How one test of Pester ended.</summary>
/// <param name="Name">The file and the names of the blocks and of the test.</param>
/// <param name="Problem">What went wrong, and where; null where nothing did.</param>
public sealed record PesterResult(string Name, string? Problem)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
