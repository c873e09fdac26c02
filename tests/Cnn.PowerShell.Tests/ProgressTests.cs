using System.Management.Automation;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

public sealed class ProgressTests : IClassFixture<Session>
{
    private readonly Session _session;

    public ProgressTests(Session session) => _session = session.WithMnist(train: 60_000, test: 10);

    [Fact]
    public void A_training_shows_how_far_it_is_about_four_times_a_second()
    {
        Outcome outcome = _session.Run("New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -Epochs 2");
        var result = (TrainingResult)Assert.Single(outcome.Output).BaseObject;
        ProgressRecord[] records = [.. outcome.Progress.Where(record => record.RecordType == ProgressRecordType.Processing)];

        // At least one: an epoch of 60,000 images takes longer than a quarter of a second.
        Assert.InRange(records.Length, 1, (int)(4 * result.Duration.TotalSeconds) + 1);
        Assert.All(records, record =>
        {
            Assert.Equal("Training Baseline", record.Activity);
            Assert.Matches("^epoch [12]/2, batch [0-9]+/1875, loss [0-9.]+, [0-9,]+ images/s$", record.StatusDescription);
            Assert.InRange(record.PercentComplete, 0, 100);
            Assert.True(record.SecondsRemaining >= 0);
        });
        Assert.Equal(records.Select(record => record.PercentComplete).Order(), records.Select(record => record.PercentComplete));
        Assert.Equal(ProgressRecordType.Completed, outcome.Progress[^1].RecordType);
    }
}
