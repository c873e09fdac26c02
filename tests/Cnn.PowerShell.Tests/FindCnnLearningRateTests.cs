using System.Management.Automation;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

public sealed class FindCnnLearningRateTests : IClassFixture<Session>
{
    private readonly Session _session;

    public FindCnnLearningRateTests(Session session) => _session = session.WithMnist(train: 3_200, test: 500);

    [Fact]
    public void It_finds_a_rate_that_trains_and_leaves_the_model_alone()
    {
        LearningRateSearch search = _session.Single<LearningRateSearch>(
            "$model = New-CnnModel Baseline -Seed 1; $search = $model | Find-CnnLearningRate $train; $search");
        Assert.InRange(search.LearningRate!.Value, 1e-4, 0.1);
        Assert.InRange(search.Points.Count, 20, 100);
        Assert.Equal(search.Points.Count < 100, search.IsDiverged);
        Assert.Equal(1e-6, search.Points[0].LearningRate, 1e-12);
        Assert.Equal(search.Points.Select(point => point.LearningRate).Order(), search.Points.Select(point => point.LearningRate));
        Model model = _session.Get<Model>("model");
        Assert.False(model.IsTrained);
        Assert.Equal(_session.Single<Model>("New-CnnModel Baseline -Seed 1").GetWeights("Dense1").Cast<float>(), model.GetWeights("Dense1").Cast<float>());
        TrainingResult found = _session.Single<TrainingResult>("$search | Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -Epochs 1");
        TrainingResult least = _session.Single<TrainingResult>("Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed 1 -Epochs 1 -LearningRate 1e-6");
        Assert.Equal(search.LearningRate, found.Options.LearningRate);
        Assert.True(found.Validation!.Loss < 0.7 * least.Validation!.Loss, $"{found.Validation.Loss} with the rate that was found, {least.Validation.Loss} with the least one.");
    }

    [Fact]
    public void One_seed_finds_the_same_on_any_number_of_threads()
    {
        LearningRateSearch one = _session.Single<LearningRateSearch>("Find-CnnLearningRate $train -Preset LeNet5 -Seed 4 -BatchCount 30 -Threads 1");
        LearningRateSearch two = _session.Single<LearningRateSearch>("Find-CnnLearningRate $train -Preset LeNet5 -Seed 4 -BatchCount 30 -Threads 2");
        Assert.Equal(one.Points, two.Points);
    }

    [Fact]
    public void Where_the_loss_never_falls_there_is_a_warning_and_no_rate()
    {
        LearningRateSearch search = _session.Single<LearningRateSearch>(
            "Find-CnnLearningRate $train -Preset Baseline -Seed 1 -MinimumLearningRate 10 -MaximumLearningRate 1000 -WarningVariable told -WarningAction SilentlyContinue");
        Assert.Null(search.LearningRate);
        Assert.True(search.IsDiverged);
        Assert.Contains("never fell", _session.Single<string>("\"$told\""));
    }

    [Fact]
    public void It_is_shown_and_drawn()
    {
        using TemporaryFolder folder = new();
        _session.Set("file", folder.File("rates.svg"));
        string text = _session.Show("$search = Find-CnnLearningRate $train -Preset Baseline -Seed 1 -BatchCount 40; $search");
        Assert.Matches(@"Baseline +[0-9.E-]+ +[0-9]+ +32", text);
        Assert.Empty(_session.Run("$search | Export-CnnPlot $file").Errors);
        Assert.Contains("Learning rate (logarithmic)", File.ReadAllText(folder.File("rates.svg")));
        _session.Fails("$search | Export-CnnPlot $file -Kind Loss -Force", "PlotKind", ErrorCategory.InvalidArgument);
    }

    [Theory]
    [InlineData("-Preset Baseline -MinimumLearningRate 0", "LearningRateRange", ErrorCategory.InvalidArgument)]
    [InlineData("-Preset Baseline -MinimumLearningRate 1 -MaximumLearningRate 0.1", "LearningRateRange", ErrorCategory.InvalidArgument)]
    [InlineData("-Preset Baseline -BatchCount 19", "ParameterArgumentValidationError", ErrorCategory.InvalidData)]
    [InlineData("-Preset AlexNet", "PresetUnknown", ErrorCategory.InvalidArgument)]
    [InlineData("-Model (& { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1,27,28)", "ImageShape", ErrorCategory.InvalidArgument)]
    public void What_cannot_be_searched_is_an_error(string arguments, string errorId, ErrorCategory category) =>
        _session.Fails($"Find-CnnLearningRate $train {arguments}", errorId, category);
}
