using System.Diagnostics;
using Cnn.Evaluation;

namespace Cnn.PowerShell.Tests;

public sealed class EndToEndTests : IClassFixture<Session>
{
    private readonly Session _session;

    public EndToEndTests(Session session) => _session = session;

    [Fact]
    public void A_subset_of_MNIST_trains_to_97_percent_in_seconds()
    {
        long begin = Stopwatch.GetTimestamp();
        AccuracyReport report = _session.Single<AccuracyReport>("""
            $train = Import-Mnist -First 20000
            $test = Import-Mnist -Subset Test
            New-CnnModel -Preset Baseline -Seed 1 |
                Invoke-CnnTraining -Data $train -Epochs 2 -BatchSize 32 |
                Measure-CnnAccuracy -Data $test
            """);
        Assert.True(report.Accuracy >= 0.97, $"{report}");
        Assert.Equal(10_000, report.Count);
        Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(60), $"It took {Stopwatch.GetElapsedTime(begin)}.");
    }
}
