using System.Management.Automation;

namespace Cnn.PowerShell.Tests;

/// <summary>Several trainings side by side, as rows and in one figure.</summary>
public sealed class CompareCnnTrainingTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public CompareCnnTrainingTests(Session session)
    {
        _session = session.WithMnist(train: 64, test: 32);
        _session.Set("folder", _folder.Path);
        _session.Run("""
            $first = Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -Epochs 1 -Threads 1
            $second = Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -Epochs 1 -Threads 2 -LearningRate 0.002 -Optimizer Sgd -Momentum 0.5
            $report = $first | Measure-CnnAccuracy $test
            """);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_have_the_settings_that_differ_and_no_others()
    {
        Outcome outcome = _session.Run("$first, $second | Compare-CnnTraining");
        Assert.Empty(outcome.Errors);
        Assert.Equal(2, outcome.Output.Count);
        PSObject row = outcome.Output[1];
        Assert.Equal(
            ["Run", "Optimizer", "LearningRate", "Momentum", "Settings", "Loss", "ValidationAccuracy", "ValidationLoss", "Duration", "ImagesPerSecond"],
            row.Properties.Select(property => property.Name));
        Assert.Equal(0.002, row.Properties["LearningRate"].Value);
        Assert.Null(outcome.Output[0].Properties["Momentum"].Value);
        Assert.Equal("Optimizer Sgd, LearningRate 0.002, Momentum 0.5", row.Properties["Settings"].Value);
        Assert.Equal(_session.Single<double>("$second.Loss"), row.Properties["Loss"].Value);
    }

    [Fact]
    public void The_view_fits_a_terminal()
    {
        string[] lines = [.. _session.Show("Compare-CnnTraining $first, $second").Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        Assert.Equal(["Run", "Loss", "Accuracy", "Validation", "Time", "Images/s", "Settings"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("Loss", lines[1].Trim());
        Assert.All(lines, line => Assert.True(line.Length <= 80 && !line.Contains('…'), line));
    }

    [Theory]
    [InlineData("Loss", "Loss of 2 trainings")]
    [InlineData("Accuracy", "Accuracy of 2 trainings after each epoch")]
    public void Trainings_that_go_to_one_file_are_one_figure_with_a_legend(string kind, string title)
    {
        Outcome outcome = _session.Run($"$first, $second | Export-CnnPlot $folder/runs.svg -Kind {kind} -PassThru");
        Assert.Empty(outcome.Errors);
        Assert.Single(outcome.Output);
        string svg = File.ReadAllText(_folder.File("runs.svg"));
        Assert.Contains(title, svg);
        Assert.Contains("1: Optimizer Adam, LearningRate 0.001", svg);
        Assert.Contains("2: Optimizer Sgd, LearningRate 0.002, Momentum 0.5", svg);
    }

    [Fact]
    public void Trainings_that_go_to_files_of_their_own_are_figures_of_their_own()
    {
        Outcome outcome = _session.Run(
            "$first | Export-CnnPlot $folder/a.svg; [pscustomobject]@{ Path = \"$folder/b.svg\" } | Export-CnnPlot -InputObject $second -PassThru");
        Assert.Empty(outcome.Errors);
        Assert.Contains("Baseline: loss over 1 epoch", File.ReadAllText(_folder.File("b.svg")));
    }

    [Fact]
    public void A_second_object_of_another_kind_does_not_replace_the_first()
    {
        Outcome outcome = _session.Run("$report, $report | Export-CnnPlot $folder/recall.svg -Force -PassThru");
        Assert.Single(outcome.Output);
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.StartsWith("PlotFileTwice,", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
    }

    [Fact]
    public void A_training_without_validation_has_no_accuracy_to_draw()
    {
        _session.Run("$blind = Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1");
        _session.Fails("$first, $blind | Export-CnnPlot $folder/none.svg -Kind Accuracy", "PlotNoData", ErrorCategory.InvalidArgument);
        Assert.False(File.Exists(_folder.File("none.svg")));
    }

    [Fact]
    public void What_is_no_training_is_an_error() =>
        Assert.NotEmpty(_session.Run("$report | Compare-CnnTraining").Errors);
}
