using System.Management.Automation;

namespace Cnn.PowerShell.Tests;

/// <summary>Copies of properties, as other processes hand them over, are told from the objects themselves.</summary>
public sealed class LiveObjectTests : IClassFixture<Session>
{
    private readonly Session _session;

    public LiveObjectTests(Session session)
    {
        _session = session.WithMnist(train: 64, test: 32);
        foreach ((string name, string type) in new[]
        {
            ("images", "Cnn.Data.ImageSet"), ("layer", "Cnn.Layers.Layer"), ("ensemble", "Cnn.Models.Ensemble"), ("broken", "Cnn.Models.Model"),
            ("report", "Cnn.Evaluation.AccuracyReport"), ("result", "Cnn.Training.TrainingResult"),
        })
        {
            var copy = new PSObject();
            copy.TypeNames.Insert(0, $"Deserialized.{type}");
            copy.Properties.Add(new PSNoteProperty("Safetensors", new byte[] { 1, 2, 3 }));
            _session.Set(name, copy);
        }
    }

    [Theory]
    [InlineData("Invoke-CnnTraining $images -Preset Baseline")]
    [InlineData("Invoke-CnnTraining $train -Preset Baseline -ValidationData $images")]
    [InlineData("$images | Split-CnnImageSet 0.5")]
    [InlineData("$images | Export-CnnImageSet ./nowhere Png")]
    [InlineData("$images | Show-CnnImage")]
    [InlineData("$layer, $layer | New-CnnModel -InputShape 1, 28, 28")]
    [InlineData("$ensemble | Measure-CnnAccuracy -Data $test")]
    [InlineData("New-CnnEnsemble -Model $broken, $broken")]
    [InlineData("$broken | Export-CnnModel ./nowhere")]
    [InlineData("$report | Export-CnnModel ./nowhere")]
    [InlineData("$result | Invoke-CnnTraining -Data $train")]
    [InlineData("$images | Invoke-CnnPrediction (New-CnnModel Baseline)")]
    public void A_copy_is_an_error_that_says_what_to_do(string script)
    {
        Outcome outcome = _session.Run(script);
        ErrorRecord error = outcome.Terminating ?? outcome.Errors[0];
        Assert.StartsWith("ParameterArgumentTransformationError,Cnn.PowerShell.", error.FullyQualifiedErrorId);
        Assert.Contains("Start-ThreadJob", error.Exception.Message);
    }

    [Fact]
    public void A_copy_of_a_result_cannot_be_drawn()
    {
        _session.Get<PSObject>("result").Properties.Add(new PSNoteProperty("Model", _session.Single<Models.Model>("New-CnnModel Baseline")));
        ErrorRecord error = _session.Fails("$result | Export-CnnPlot ./nowhere.png", "PlotInput", ErrorCategory.InvalidArgument);
        Assert.Contains("Start-ThreadJob", error.Exception.Message);
    }
}
