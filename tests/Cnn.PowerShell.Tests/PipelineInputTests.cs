using System.Management.Automation;
using Cnn.Evaluation;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Image sets come through the pipeline where models do; and what is missing is an error, not a prompt.</summary>
public sealed class PipelineInputTests : IClassFixture<Session>
{
    private readonly Session _session;

    public PipelineInputTests(Session session)
    {
        _session = session.WithMnist(train: 64, test: 32);
        _session.Run("$model = New-CnnModel Baseline -Seed 1");
    }

    [Theory]
    [InlineData("$train | Invoke-CnnTraining -Preset LeNet5 -Seed 1", "LeNet5")]
    [InlineData("$train | Invoke-CnnTraining -Model (New-CnnModel Baseline -Seed 1)", "Baseline")]
    [InlineData("New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train", "Baseline")]
    public void Images_train(string script, string model) => Assert.Equal(model, _session.Single<TrainingResult>(script).Model.Name);

    [Theory]
    [InlineData("$train | Measure-CnnAccuracy -Model $model")]
    [InlineData("$model | Measure-CnnAccuracy $train")]
    [InlineData("Measure-CnnAccuracy $train $model")]
    [InlineData("[pscustomobject]@{ Model = $model } | Measure-CnnAccuracy $train")]
    public void Images_measure(string script) => Assert.Equal(64, _session.Single<AccuracyReport>(script).Count);

    [Fact]
    public void Several_sets_are_several_reports() =>
        Assert.Equal([64, 32], _session.Run("$train, $test | Measure-CnnAccuracy -Model $model").Output.Select(report => ((AccuracyReport)report.BaseObject).Count));

    [Fact]
    public void A_checkpoint_is_gone_on_from_with_images_of_the_pipeline()
    {
        using var folder = new TemporaryFolder();
        _session.Set("folder", folder.Path);
        TrainingResult result = _session.Single<TrainingResult>("""
            $null = $train | Invoke-CnnTraining -Preset Baseline -Seed 1 -Epochs 1 -CheckpointPath $folder/run
            $train | Invoke-CnnTraining -CheckpointPath $folder/run -Resume -Epochs 2
            """);
        Assert.Equal(2, result.History.Epochs.Count);
    }

    [Theory]
    [InlineData("Measure-CnnAccuracy $model $train")]
    [InlineData("Invoke-CnnTraining $model -Preset Baseline")]
    [InlineData("$model | Measure-CnnAccuracy")]
    public void A_model_in_the_place_of_images_is_an_error_that_says_so(string script) =>
        Assert.Contains("-Data $images", _session.Fails(script, "ParameterArgumentTransformationError", ErrorCategory.InvalidData).Exception.Message);

    [Theory]
    [InlineData("$train | Measure-CnnAccuracy")]
    [InlineData("$train | Invoke-CnnTraining")]
    [InlineData("[pscustomobject]@{ Preset = 'Baseline' } | Invoke-CnnTraining")]
    public void What_is_missing_is_an_error_and_no_prompt(string script)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Output);
        ErrorRecord error = outcome.Terminating ?? Assert.Single(outcome.Errors);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.Contains(error.FullyQualifiedErrorId.Split(',')[0], new[] { "InputObjectMissingMandatory", "InputObjectNotBound", "AmbiguousParameterSet", "MissingMandatoryParameter", "PresetRequired" });
    }
}
