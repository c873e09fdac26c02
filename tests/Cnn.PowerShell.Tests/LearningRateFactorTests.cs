using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Invoke-CnnTraining -LearningRateFactor.</summary>
public sealed class LearningRateFactorTests : IClassFixture<Session>
{
    private const string Train = "Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1";

    private readonly Session _session;

    public LearningRateFactorTests(Session session) => _session = session.WithMnist(train: 64, test: 64);

    [Theory]
    [InlineData("@{ Dense1 = 10; '*.bias' = 0.5 }", """{"*.bias":0.5,"Dense1":10}""")]
    [InlineData("""'{"Dense1": 10}'""", """{"Dense1":10}""")]
    [InlineData("([Cnn.Training.LearningRateFactors]::Parse('{\"Dense1\": 10}'))", """{"Dense1":10}""")]
    public void Factors_are_a_table_or_a_text(string argument, string text)
    {
        TrainingResult result = _session.Single<TrainingResult>($"$result = {Train} -LearningRateFactor {argument}; $result");
        Assert.Equal(text, $"{result.Options.LearningRateFactor}");
        Assert.Equal(text, _session.Single<string>("\"$($result.LearningRateFactor)\""));
    }

    [Theory]
    [InlineData("@{ Dense1 = -1 }", "at least 0")]
    [InlineData("@{ Dense1 = 'fast' }", "Dense1:")]
    [InlineData("@{ Head = 10 }", "Its layers that learn are Convolution1, Convolution2, Dense1, Dense2")]
    [InlineData("@{}", "no factors")]
    [InlineData("10", "pass a table")]
    [InlineData("fast", "Write them by layer")]
    public void What_cannot_be_is_said(string argument, string message)
    {
        Outcome outcome = _session.Run($"{Train} -LearningRateFactor {argument}");
        Assert.Contains(message, $"{Assert.Single(outcome.Errors)}");
    }

    [Fact]
    public void A_training_goes_on_with_its_factors_and_refuses_others()
    {
        using TemporaryFolder folder = new();
        _session.Set("folder", folder.Path);
        TrainingResult resumed = _session.Single<TrainingResult>($$"""
            $null = {{Train}} -LearningRateFactor @{ 'Convolution*' = 0 } -CheckpointPath $folder
            Invoke-CnnTraining $train -CheckpointPath $folder -Resume -Epochs 2
            """);
        Assert.Equal("""{"Convolution*":0}""", $"{resumed.Options.LearningRateFactor}");
        Assert.Equal(2, resumed.History.Epochs.Count);
        Outcome outcome = _session.Run("Invoke-CnnTraining $train -CheckpointPath $folder -Resume -Epochs 3 -LearningRateFactor @{ Dense1 = 2 }");
        Assert.Contains("LearningRateFactor", $"{Assert.Single(outcome.Errors)}");
    }
}
