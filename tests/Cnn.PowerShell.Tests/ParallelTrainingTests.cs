using System.Management.Automation;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell.Tests;

/// <summary>Several trainings at once in one process, each in a session of its own, as thread jobs and ForEach-Object -Parallel run them.</summary>
public sealed class ParallelTrainingTests
{
    [Fact]
    public void Two_trainings_at_once_give_the_same_bits_as_one_after_the_other()
    {
        const string Training = "Invoke-CnnTraining $train -ValidationData $test -Preset Baseline -Seed {0} -Epochs 3 -BatchSize 16";
        Session[] sessions = [new(), new()];
        try
        {
            TrainingResult[] inTurn = [.. sessions.Select(
                (session, index) => session.WithMnist(train: 2_000, test: 200).Single<TrainingResult>(string.Format(null, Training, index + 1)))];
            TrainingResult[] atOnce = new TrainingResult[sessions.Length];
            Thread[] threads = [.. sessions.Select(
                (session, index) => new Thread(() => atOnce[index] = session.Single<TrainingResult>(string.Format(null, Training, index + 1))))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
            for (int index = 0; index < sessions.Length; index++)
            {
                Assert.Equal(inTurn[index].History.Losses, atOnce[index].History.Losses);
                Assert.Equal(inTurn[index].Validation!.Loss, atOnce[index].Validation!.Loss);
                Assert.Equal(Parameters(inTurn[index].Model), Parameters(atOnce[index].Model));
            }
        }
        finally
        {
            Array.ForEach(sessions, session => session.Dispose());
        }
    }

    [Fact]
    public void A_model_that_is_being_trained_is_refused_to_another_training()
    {
        using Session session = new();
        using Session other = new();
        Model model = session.WithMnist(train: 2_000, test: 200).Single<Model>("$model = New-CnnModel Baseline; $model");
        other.WithMnist(train: 2_000, test: 200).Set("model", model);
        using var shell = System.Management.Automation.PowerShell.Create(session.Runspace);
        using var isUnderWay = new ManualResetEventSlim();
        shell.Streams.Progress.DataAdded += (_, _) => isUnderWay.Set();
        IAsyncResult running = shell.AddScript("$model | Invoke-CnnTraining $train -Epochs 100000").BeginInvoke();
        Assert.True(isUnderWay.Wait(TimeSpan.FromSeconds(60)), "The training does not show that it began.");
        other.Fails("$model | Invoke-CnnTraining $train", "ModelInTraining", ErrorCategory.ResourceUnavailable);
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.False(other.Single<TrainingResult>("$model | Invoke-CnnTraining $train -Epochs 1").IsStopped);
    }

    private static float[] Parameters(Model model) => [.. model.Parameters.SelectMany(parameter => model.GetValues(parameter))];
}
