using System.Xml.Linq;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Everything works under Set-StrictMode as it does without.</summary>
public sealed class StrictModeTests : IClassFixture<Session>
{
    private const string Strict = "Set-StrictMode -Version Latest; ";

    private readonly Session _session;

    public StrictModeTests(Session session) => _session = session.WithMnist(train: 320, test: 100);

    [Theory]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 5 -ValidationData $test -Optimizer Sgd -Schedule Plateau")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1 -Optimizer RmsProp -Schedule OneCycle")]
    public void A_result_is_piped_back_and_trains_on_with_its_settings(string training)
    {
        TrainingResult result = _session.Single<TrainingResult>(
            $"{Strict}$first = {training}; $second = $first | Invoke-CnnTraining $train -ValidationData $test; $second");
        Assert.Equal(_session.Get<TrainingResult>("first").Options, result.Options);
    }

    [Fact]
    public void Every_property_of_a_result_can_be_read()
    {
        Outcome outcome = _session.Run(
            Strict + "(Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1).PSObject.Properties | ForEach-Object { \"$($_.Name) $($_.Value)\" }");
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        Assert.Contains("Nesterov ", outcome.Output.Select(line => $"{line}"));
        Assert.Contains("Beta1 0.9", outcome.Output.Select(line => $"{line}"));
    }

    [Theory]
    [InlineData("$train")]
    [InlineData("New-CnnAugmentation -Shift 1 -Scale 0.1")]
    [InlineData("Get-CnnPreset Fast")]
    [InlineData("New-CnnModel Baseline -Seed 1")]
    [InlineData("(New-CnnModel Baseline -Seed 1).Summary")]
    [InlineData("New-CnnModel Baseline -Seed 1 | New-CnnEnsemble")]
    [InlineData("New-CnnSweep @{ Epochs = 1 } -Preset Baseline")]
    [InlineData("$test | Invoke-CnnPrediction (New-CnnModel Baseline -Seed 1)")]
    [InlineData("(New-CnnModel Baseline -Seed 1 | Measure-CnnAccuracy $test -MisclassifiedCount 3).Misclassified")]
    public void A_view_is_the_same(string script) => Assert.Equal(_session.Show(script), _session.Show(Strict + script));

    [Fact]
    public void No_property_of_the_types_is_a_script() => Assert.Empty(
        XElement.Load(Path.Combine(Repository.Root, "lib", "Cnn.Types.ps1xml")).Descendants("ScriptProperty"));
}
