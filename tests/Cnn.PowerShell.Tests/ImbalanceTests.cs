using Cnn.Data;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Invoke-CnnTraining -ClassWeight and -Sampling, and the counts of the classes.</summary>
public sealed class ImbalanceTests : IClassFixture<Session>
{
    private const string Train = "Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1";

    private readonly Session _session;

    public ImbalanceTests(Session session) => _session = session.WithMnist(train: 320, test: 100);

    [Fact]
    public void A_set_shows_how_many_images_each_class_has()
    {
        Assert.Equal(320, _session.Single<ImageSet>("$train").ClassCounts.Sum(count => count.Count));
        Assert.Equal("8", _session.Single<ClassCount>("$train.ClassCounts | Where-Object Class -eq 8").Class);
        string shown = _session.Show("$train.ClassCounts");
        Assert.Matches(@"Label\s+Class\s+Count", shown);
    }

    [Theory]
    [InlineData("Balanced", "Balanced")]
    [InlineData("balanced", "Balanced")]
    [InlineData("@{ 3 = 2; '8' = 0.5 }", """{"3":2,"8":0.5}""")]
    [InlineData("""'{"3": 2, "8": 0.5}'""", """{"3":2,"8":0.5}""")]
    [InlineData("([Cnn.Training.ClassWeights]::Balanced)", "Balanced")]
    public void Weights_are_a_word_a_table_or_a_text(string argument, string text)
    {
        TrainingResult result = _session.Single<TrainingResult>($"$result = {Train} -ClassWeight {argument}; $result");
        Assert.Equal(text, $"{result.Options.ClassWeight}");
        Assert.Equal(text, _session.Single<string>("\"$($result.ClassWeight)\""));
    }

    [Theory]
    [InlineData("-ClassWeight @{ 3 = -1 }", "at least 0")]
    [InlineData("-ClassWeight @{ 3 = 0 }", "All weights are 0")]
    [InlineData("-ClassWeight @{ mouse = 2 }", "no class 'mouse'")]
    [InlineData("-ClassWeight @{ 3 = 'much' }", "3:")]
    [InlineData("-ClassWeight (& { $table = @{ 3 = 1 }; $table['3'] = 2; $table })", "occurs twice in the table")]
    [InlineData("-ClassWeight @{}", "no weights")]
    [InlineData("-ClassWeight even", "Write Balanced")]
    [InlineData("-ClassWeight 3", "pass Balanced")]
    [InlineData("-Sampling even", "Shuffled, Balanced")]
    [InlineData("-Sampling Balanced -ClassWeight Balanced", "count twice")]
    public void What_cannot_be_is_said(string arguments, string message)
    {
        Outcome outcome = _session.Run($"{Train} {arguments}");
        Assert.Contains(message, $"{Assert.Single(outcome.Errors)}");
    }

    [Fact]
    public void Weights_and_sampling_vary_in_a_sweep()
    {
        Outcome outcome = _session.Run("""
            New-CnnSweep @{ ClassWeight = 'Balanced', @{ 3 = 2 }; Sampling = 'Shuffled' } Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 1 | ForEach-Object { "$($_.ClassWeight)" }
            New-CnnSweep @{ Sampling = 'Shuffled', 'Balanced' } Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 1 | ForEach-Object { "$($_.Sampling)" }
            """);
        Assert.Empty(outcome.Errors);
        Assert.Equal(["Balanced", """{"3":2}""", "Shuffled", "Balanced"], outcome.Output.Select(output => $"{output}"));
    }

    [Fact]
    public void A_resumed_training_has_its_weights_and_refuses_others()
    {
        using var folder = new TemporaryFolder();
        _session.Set("folder", folder.Path);
        TrainingResult first = _session.Single<TrainingResult>($"{Train} -ClassWeight @{{ 3 = 2 }} -CheckpointPath $folder");
        TrainingResult resumed = _session.Single<TrainingResult>("Invoke-CnnTraining $train -CheckpointPath $folder -Resume -Epochs 2");
        Assert.Equal(first.Options.ClassWeight, resumed.Options.ClassWeight);
        Outcome outcome = _session.Run("Invoke-CnnTraining $train -CheckpointPath $folder -Resume -Epochs 3 -ClassWeight Balanced");
        Assert.Contains("ClassWeight", $"{Assert.Single(outcome.Errors)}");
    }
}
