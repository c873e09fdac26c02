using System.Management.Automation;

namespace Cnn.PowerShell.Tests;

/// <summary>
/// PowerShell indexes what has an indexer of its own. What the C# compiler makes of a collection expression for a read-only list
/// has none: there, [1] is nothing at all, without an error.
/// </summary>
public sealed class IndexingTests : IClassFixture<Session>
{
    private readonly Session _session;

    public IndexingTests(Session session) => _session = session.WithMnist(train: 64, test: 64);

    [Theory]
    [InlineData("$model.Layers[1]", "relu")]
    [InlineData("$model.Layers[-1]", "dense (10 outputs)")]
    [InlineData("$model.Shapes[1]", "8×24×24")]
    [InlineData("$model.Parameters[1].Name", "layers.0.bias")]
    [InlineData("$model.Parameters[0].Dimensions[2]", "5")]
    [InlineData("$model.ClassNames[3]", "3")]
    [InlineData("$model.Normalization.Mean.Count", "1")]
    [InlineData("(New-CnnModel Baseline).ClassNames[3]", "3")]
    [InlineData("(& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 2 } | New-CnnModel -InputShape 3,2,2).Normalization.StandardDeviation[2]", "1")]
    [InlineData("$train.ClassNames[9]", "9")]
    [InlineData("($train | Invoke-CnnPrediction $model)[5].Probabilities[4].Name", "4")]
    [InlineData("$train.IndicesOf([string[]]'5')[0]", "0")]
    [InlineData("$result.History.Epochs[1].Epoch", "2")]
    [InlineData("$result.History.Losses[1].GetType().Name", "Single")]
    [InlineData("$report.Classes[4].Name", "4")]
    [InlineData("$report.Classes[4].Correct - $report.ConfusionMatrix[4, 4]", "0")]
    [InlineData("$confusion = $report.Confusions[0]; $confusion.Count - $report.ConfusionMatrix[$confusion.LabelIndex, $confusion.PredictionIndex]", "0")]
    [InlineData("$report.Misclassified[1].Index -ge 0", "True")]
    [InlineData("$model.Summary[-1].Name", "Dense2")]
    public void Lists_are_indexed(string script, string expected)
    {
        Outcome outcome = _session.Run($"""
            $model = New-CnnModel Baseline -Seed 1
            $result = $model | Invoke-CnnTraining $train
            $report = $model | Measure-CnnAccuracy $test -MisclassifiedCount 2
            {script}
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(expected, LanguagePrimitives.ConvertTo<string>(Assert.Single(outcome.Output)));
    }
}
