using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;

namespace Cnn.PowerShell.Tests;

public sealed class MeasureCnnAccuracyTests : IClassFixture<Session>
{
    private readonly Session _session;

    public MeasureCnnAccuracyTests(Session session) => _session = session.WithMnist(train: 2_000, test: 500);

    [Fact]
    public void Tells_accuracy_loss_and_each_class()
    {
        AccuracyReport report = _session.Single<AccuracyReport>(
            "New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 1 | Measure-CnnAccuracy -Data $test -Threads 1");
        int[,] confusion = report.ConfusionMatrix.ToArray();
        Assert.Equal(500, report.Count);
        Assert.Equal(500, confusion.Cast<int>().Sum());
        Assert.Equal(10, report.Classes.Count);
        Assert.Equal(report.Correct / 500.0, report.Accuracy);
        Assert.True(report.Accuracy > 0.6);
        Assert.InRange(report.Loss, 0, 2.3);
        Assert.All(report.Classes, (c, index) => Assert.Equal(confusion[index, index], c.Correct));
    }

    [Fact]
    public void Names_the_worst_mistakes()
    {
        AccuracyReport report = _session.Single<AccuracyReport>("New-CnnModel Baseline -Seed 1 | Measure-CnnAccuracy $test -MisclassifiedCount 7");
        Assert.Equal(7, report.Misclassified.Count);
        Assert.All(report.Misclassified, mistake =>
        {
            Assert.Same(_session.Get<ImageSet>("test"), mistake.ImageSet);
            Assert.Equal(mistake.ImageSet.Label(mistake.Index), mistake.LabelIndex);
            Assert.NotEqual(mistake.Label, mistake.Prediction);
            Assert.InRange(mistake.Probability, mistake.LabelProbability, 1);
        });
        Assert.Equal(report.Misclassified.OrderByDescending(mistake => mistake.Probability), report.Misclassified);
        Assert.Empty(_session.Single<AccuracyReport>("New-CnnModel Baseline -Seed 1 | Measure-CnnAccuracy $test").Misclassified);
    }

    [Fact]
    public void The_model_binds_from_the_pipeline_from_a_property_and_by_name()
    {
        Outcome outcome = _session.Run("""
            $model = New-CnnModel LeNet5 -Seed 1
            $model | Measure-CnnAccuracy $test
            [pscustomobject]@{ Model = $model } | Measure-CnnAccuracy $test
            Measure-CnnAccuracy -Model $model -Data $test | Measure-CnnAccuracy $test
            """);
        Assert.Empty(outcome.Errors);
        Assert.All(outcome.Output, output => Assert.Same(_session.Get<Model>("model"), ((AccuracyReport)output.BaseObject).Model));
        Assert.Single(outcome.Output.Select(output => ((AccuracyReport)output.BaseObject).Loss).Distinct());
    }

    [Fact]
    public void A_row_of_a_CSV_has_words_where_a_report_has_lists()
    {
        AccuracyReport report = _session.Single<AccuracyReport>("$report = New-CnnModel Baseline -Seed 1 | Measure-CnnAccuracy $test -MisclassifiedCount 2; $report");
        foreach (System.Management.Automation.PSPropertyInfo property in new System.Management.Automation.PSObject(report).Properties)
        {
            Assert.DoesNotContain("`", $"{property.Value}");
        }

        Assert.Matches("^0: recall [0-9.]+ %, precision ([0-9.]+ %|NaN); 1: recall ", $"{report.Classes}");
        Assert.Matches("^[0-9] mistaken for [0-9] [0-9]+ times?; ", $"{report.Confusions}");
        Assert.Matches("^[0-9]+: [0-9] mistaken for [0-9] \\([0-9.]+ %\\); ", $"{report.Misclassified}");
        Assert.Matches(
            "^0 [0-9.]+ %; 1 ", _session.Single<string>("(New-CnnImageSet ([byte[]]::new(784)) 1 1,28,28 | Invoke-CnnPrediction $report.Model).Probabilities.ToString()"));
        Assert.Matches(@"^1 epoch, 2 batches, loss [0-9]+\.[0-9]{4}$", _session.Single<string>("\"$((New-CnnModel Baseline | Invoke-CnnTraining $test.Slice(0, 64) -Epochs 1).History)\""));
    }

    [Theory]
    [InlineData("New-CnnModel Baseline | Measure-CnnAccuracy (Import-Mnist -First 0)", "EmptyImageSet", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnModel Baseline | Measure-CnnAccuracy $test -Threads -1", "Threads", ErrorCategory.InvalidArgument)]
    [InlineData("New-CnnModel Baseline | Measure-CnnAccuracy $test -MisclassifiedCount -1", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("'Baseline' | Measure-CnnAccuracy $test", "InputObjectNotBound", ErrorCategory.InvalidArgument)]
    public void Bad_input_is_an_error(string script, string errorId, ErrorCategory category) => _session.Fails(script, errorId, category);

    [Fact]
    public void A_model_that_does_not_fit_is_an_error_of_its_own_and_the_others_go_on()
    {
        Outcome outcome = _session.Run("""
            $other = & { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1,27,28
            (New-CnnModel Baseline), $other, (New-CnnModel LeNet5) | Measure-CnnAccuracy $test
            """);
        Assert.Equal(["Baseline", "LeNet5"], outcome.Output.Select(output => ((AccuracyReport)output.BaseObject).Model.Name));
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.Equal("ImageShape,Cnn.PowerShell.MeasureCnnAccuracyCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
    }
}
