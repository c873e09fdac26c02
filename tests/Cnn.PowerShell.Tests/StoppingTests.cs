using System.Diagnostics;
using System.Management.Automation;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>What Ctrl-C does.</summary>
public sealed class StoppingTests : IClassFixture<Session>
{
    private readonly Session _session;

    public StoppingTests(Session session) => _session = session.WithMnist(train: 10_000, test: 1_000);

    [Fact]
    public void A_stopped_training_leaves_what_the_model_has_learned_and_the_session_usable()
    {
        Model model = _session.Single<Model>("$model = New-CnnModel Baseline -Seed 1; $model");
        double before = _session.Single<AccuracyReport>("$model | Measure-CnnAccuracy $test").Accuracy;
        using var shell = System.Management.Automation.PowerShell.Create(_session.Runspace);
        using var isUnderWay = new ManualResetEventSlim();
        shell.Streams.Progress.DataAdded += (_, _) => isUnderWay.Set();
        IAsyncResult running = shell.AddScript("$model | Invoke-CnnTraining $train -Epochs 10000").BeginInvoke();
        Assert.True(isUnderWay.Wait(TimeSpan.FromSeconds(60)), "The training does not show that it began.");

        long begin = Stopwatch.GetTimestamp();
        shell.Stop();
        Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(2), $"It took {Stopwatch.GetElapsedTime(begin)} to stop.");
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);

        Assert.True(model.IsTrained);
        double after = _session.Single<AccuracyReport>("$model | Measure-CnnAccuracy $test").Accuracy;
        Assert.True(after > before + 0.3, $"Accuracy was {before} before and is {after} after the training.");
        Assert.False(_session.Single<TrainingResult>("$model | Invoke-CnnTraining $train -Epochs 1").IsStopped);
    }
}
