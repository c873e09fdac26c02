using System.Management.Automation;
using Cnn.Data;
using Cnn.Models;

namespace Cnn.PowerShell.Tests;

/// <summary>Paths that mean nothing are errors, and names with brackets are found.</summary>
public sealed class PathTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public PathTests(Session session)
    {
        _session = session.WithMnist(train: 20, test: 10);
        _session.Set("folder", _folder.Path);
        _session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation($folder); $model = New-CnnModel Baseline -Seed 1");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Import-CnnModel ./no*.safetensors")]
    [InlineData("Import-CnnModel './no[1].safetensors'")]
    [InlineData("Import-CnnImageSet ./no*")]
    [InlineData("Show-CnnImage -Path ./no*.png")]
    [InlineData("Invoke-CnnPrediction $model ./no*.png")]
    public void A_path_that_matches_nothing_is_an_error(string script)
    {
        ErrorRecord error = _session.Fails(script, "FileNotFound", ErrorCategory.ObjectNotFound);
        Assert.Contains("-LiteralPath", error.Exception.Message);
        Assert.StartsWith("./no", $"{error.TargetObject}");
        Assert.NotNull(_session.Run($"{script} -ErrorAction Stop").Terminating);
    }

    [Fact]
    public void Each_path_is_an_error_of_its_own_and_the_others_are_read()
    {
        Outcome outcome = _session.Run("$model | Export-CnnModel a.safetensors; Import-CnnModel ./x*, ./a*, ./y*");
        Assert.Equal(["./x*", "./y*"], outcome.Errors.Select(error => error.TargetObject));
        Assert.IsType<Model>(Assert.Single(outcome.Output).BaseObject);
    }

    [Theory]
    [InlineData("run [1]")]
    [InlineData("a[b]c")]
    [InlineData("[")]
    public void A_name_with_brackets_is_found(string name)
    {
        _session.Set("name", name);
        Assert.Equal(1UL, _session.Single<Model>("$model | Export-CnnModel \"$name.safetensors\"; Import-CnnModel \"$name.safetensors\"").Seed);
        Assert.Equal(20, _session.Single<ImageSet>("$train | Export-CnnImageSet $name Png; Import-CnnImageSet $name").Count);
    }

    [Fact]
    public void Wildcards_give_no_path_that_does_not_exist()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // No name has a wildcard there.
        }

        foreach (string name in new[] { "a*b", "a,b" })
        {
            Directory.CreateDirectory(_folder.File(name));
            _session.Set("name", name);
            _session.Run("$model | Export-CnnModel \"$name/$($name)1.safetensors\"");
        }

        Assert.Single(_session.Run("Import-CnnModel './a*b/a*b1.safetensors'").Output);
        Assert.Empty(_session.Run("Import-CnnModel './a*b/a*b1.safetensors'").Errors);
    }
}
