using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;

namespace Cnn.PowerShell.Tests;

/// <summary>Averages over several models, and over several looks at an image.</summary>
public sealed class EnsembleTests : IClassFixture<Session>
{
    private const string Train = "1..3 | ForEach-Object { [pscustomobject]@{ Seed = $_ } } | Invoke-CnnTraining $train -Preset LeNet5 -Epochs 2";
    private readonly Session _session;

    public EnsembleTests(Session session) => _session = session.WithMnist(train: 640, test: 300);

    [Theory]
    [InlineData($"{Train} | New-CnnEnsemble")]
    [InlineData($"{Train} | ForEach-Object Model | New-CnnEnsemble")]
    [InlineData($"New-CnnEnsemble -Model ({Train}).Model")]
    public void Models_and_results_of_trainings_make_one(string script)
    {
        Ensemble ensemble = _session.Single<Ensemble>(script);
        Assert.Equal([1UL, 2UL, 3UL], ensemble.Models.Select(model => model.Seed));
        Assert.Equal("LeNet5 ×3", ensemble.Name);
    }

    [Fact]
    public void It_is_measured_like_one_model()
    {
        Outcome outcome = _session.Run($"""
            $results = {Train}
            $ensemble = $results | New-CnnEnsemble
            $results | Measure-CnnAccuracy $test
            $ensemble | Measure-CnnAccuracy $test -MisclassifiedCount 3
            Measure-CnnAccuracy -Model $ensemble -Data $test | Measure-CnnAccuracy $test -Threads 1
            """);
        Assert.Empty(outcome.Errors);
        AccuracyReport[] reports = [.. outcome.Output.Select(output => (AccuracyReport)output.BaseObject)];
        AccuracyReport together = reports[3];
        Assert.Same(_session.Get<Ensemble>("ensemble"), together.Model);
        Assert.Equal(3, together.Misclassified.Count);
        Assert.Equal(together.Loss, reports[4].Loss);

        // The mean of probabilities never loses more than the mean of the losses: the logarithm is concave.
        Assert.True(together.Loss < reports.Take(3).Average(report => report.Loss));
    }

    [Fact]
    public void It_predicts_the_mean_of_its_models()
    {
        Outcome outcome = _session.Run($$"""
            $results = {{Train}}
            $few = Import-Mnist -Subset Test -First 5
            $results | ForEach-Object { $few | Invoke-CnnPrediction $_.Model }
            $few | Invoke-CnnPrediction ($results | New-CnnEnsemble)
            """);
        Assert.Empty(outcome.Errors);
        ImagePrediction[][] predictions = [.. outcome.Output.Select(output => (ImagePrediction)output.BaseObject).Chunk(5)];
        for (int image = 0; image < 5; image++)
        {
            for (int label = 0; label < 10; label++)
            {
                Assert.Equal(
                    predictions.Take(3).Average(one => one[image].Probabilities[label].Probability),
                    predictions[3][image].Probabilities[label].Probability,
                    1e-6);
            }
        }
    }

    [Fact]
    public void Several_looks_are_averaged_and_the_same_each_time()
    {
        Outcome outcome = _session.Run($$"""
            $model = New-CnnModel LeNet5 -Seed 1 | Invoke-CnnTraining $train -Epochs 2 | ForEach-Object Model
            $model | Measure-CnnAccuracy $test
            $model | Measure-CnnAccuracy $test -TestTimeAugmentation (New-CnnAugmentation -Shift 1)
            $model | Measure-CnnAccuracy $test -TestTimeAugmentation 'shift 1' -AugmentationCount 8 -AugmentationSeed 1 -Threads 1
            $model | Measure-CnnAccuracy $test -TestTimeAugmentation @{ Shift = 1 } -AugmentationSeed 2
            $model | Measure-CnnAccuracy $test -TestTimeAugmentation @{ Shift = 1 } -AugmentationCount 2
            """);
        Assert.Empty(outcome.Errors);
        AccuracyReport[] reports = [.. outcome.Output.Select(output => (AccuracyReport)output.BaseObject)];
        Assert.Null(reports[0].TestTimeAugmentation);
        Assert.Equal(new TestTimeAugmentation(new Augmentation { Shift = 1 }, 8, 1), reports[1].TestTimeAugmentation);
        Assert.Equal(reports[1].Loss, reports[2].Loss);
        Assert.Equal(4, reports.Select(report => report.Loss).Distinct().Count());
    }

    [Fact]
    public void Predictions_take_several_looks_too()
    {
        Outcome outcome = _session.Run($$"""
            $few = Import-Mnist -Subset Test -First 5
            $model = New-CnnModel LeNet5 -Seed 1
            $few | Invoke-CnnPrediction $model
            $few | Invoke-CnnPrediction $model -TestTimeAugmentation 'shift 2' -AugmentationCount 3
            """);
        Assert.Empty(outcome.Errors);
        double[] probabilities = [.. outcome.Output.Select(output => ((ImagePrediction)output.BaseObject).Probability)];
        Assert.Equal(10, probabilities.Length);
        Assert.NotEqual(probabilities.Take(5), probabilities.Skip(5));
    }

    [Theory]
    [InlineData("@() | New-CnnEnsemble", "EnsembleEmpty", ErrorCategory.InvalidArgument, "at least one")]
    [InlineData("$m = New-CnnModel LeNet5; $m, $m | New-CnnEnsemble", "EnsembleDuplicate", ErrorCategory.InvalidArgument, "new model for each training")]
    [InlineData(
        "(New-CnnModel LeNet5), (& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1,27,28) | New-CnnEnsemble",
        "EnsembleMismatch",
        ErrorCategory.InvalidArgument,
        "1×27×28")]
    [InlineData("New-CnnModel LeNet5 | Measure-CnnAccuracy $test -AugmentationCount 8", "TestTimeAugmentationRequired", ErrorCategory.InvalidArgument, "-TestTimeAugmentation")]
    [InlineData("$few = Import-Mnist -First 1; $few | Invoke-CnnPrediction (New-CnnModel LeNet5) -AugmentationSeed 8", "TestTimeAugmentationRequired", ErrorCategory.InvalidArgument, "-TestTimeAugmentation")]
    [InlineData("New-CnnModel LeNet5 | Measure-CnnAccuracy $test -TestTimeAugmentation 'shift 1' -AugmentationCount 0", "AugmentationCount", ErrorCategory.InvalidArgument, "8 is a good start")]
    [InlineData("New-CnnModel LeNet5 | Measure-CnnAccuracy $test -TestTimeAugmentation 'shift 20'", "AugmentationOutside", ErrorCategory.InvalidArgument, "at most by 13")]
    public void What_does_not_go_together_is_an_error(string script, string errorId, ErrorCategory category, string told) =>
        Assert.Contains(told, _session.Fails(script, errorId, category).Exception.Message);

    [Fact]
    public void It_shows_what_it_is()
    {
        string[] lines = Lines("1..3 | ForEach-Object { New-CnnModel LeNet5 -Seed $_ } | New-CnnEnsemble");
        Assert.Matches("^Ensemble +Models Input +Parameters Classes$", lines[0]);
        Assert.Matches("^LeNet5 ×3 +3 1×28×28 +185,118 10$", lines[2]);
        string[] report = Lines(
            "1..2 | ForEach-Object { New-CnnModel LeNet5 -Seed $_ } | New-CnnEnsemble | Measure-CnnAccuracy $test -TestTimeAugmentation 'shift 1' -AugmentationCount 2");
        Assert.Equal("Model    : LeNet5 ×2", report[0]);
        Assert.Contains("Looks    : each image as it is, and 2 times with shift 1", report);
    }

    private string[] Lines(string script) =>
        [.. _session.Show(script).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
}
