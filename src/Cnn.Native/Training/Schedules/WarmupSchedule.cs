namespace Cnn.Training;

/// <summary>A schedule whose warm-up is linear, and which begins after it.</summary>
public abstract record WarmupSchedule : Schedule
{
    /// <inheritdoc/>
    public sealed override double LearningRate(double learningRate, int step, int stepsPerEpoch, int epochs, IReadOnlyList<EpochRecord> finished)
    {
        long warmup = (long)Math.Round((WarmupEpochs ?? 0) * stepsPerEpoch);
        return step < warmup
            ? learningRate * (step + 1) / (warmup + 1)
            : AfterWarmup(learningRate, step - warmup, ((long)epochs * stepsPerEpoch) - warmup, stepsPerEpoch, finished);
    }

    /// <summary>The rate of a step after the warm-up.</summary>
    /// <param name="learningRate">The learning rate of the training.</param>
    /// <param name="step">The step, counted from the end of the warm-up.</param>
    /// <param name="steps">Steps between the warm-up and the end of the training.</param>
    /// <param name="stepsPerEpoch">Steps in an epoch.</param>
    /// <param name="finished">The finished epochs.</param>
    /// <returns>The rate.</returns>
    private protected abstract double AfterWarmup(double learningRate, long step, long steps, int stepsPerEpoch, IReadOnlyList<EpochRecord> finished);
}
