namespace Cnn.Training;

/// <summary>
/// Decides whether a training has learned enough. The decision follows only from the settings and the finished epochs, so a resumed training decides as if it
/// had never been stopped.
/// </summary>
internal static class EarlyStopping
{
    /// <summary>
    /// The epoch with the lowest validation loss, the first of equal ones; 0 if no epoch has a validation loss. NaN does not count.
    /// </summary>
    /// <param name="epochs">The finished epochs.</param>
    /// <returns>The number of the epoch, from 1.</returns>
    public static int BestEpoch(IReadOnlyList<EpochRecord> epochs)
    {
        int best = 0;
        for (int i = 0; i < epochs.Count; i++)
        {
            if (epochs[i]?.ValidationLoss is { } loss && !double.IsNaN(loss) && (best == 0 || loss < epochs[best - 1].ValidationLoss))
            {
                best = i + 1;
            }
        }

        return best;
    }

    /// <summary>Whether the training has ended, and why.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="epochs">The finished epochs.</param>
    /// <returns>The outcome; null if it has not ended.</returns>
    public static TrainingOutcome? Outcome(TrainingOptions options, IReadOnlyList<EpochRecord> epochs)
    {
        if (options.TargetAccuracy > 0 && epochs.Count > 0 && epochs[^1].ValidationAccuracy >= options.TargetAccuracy)
        {
            return TrainingOutcome.TargetReached;
        }

        if (epochs.Count >= options.Epochs)
        {
            return TrainingOutcome.Completed;
        }

        return options.Patience > 0 && epochs.Count - BestEpoch(epochs) >= options.Patience ? TrainingOutcome.NoImprovement : null;
    }
}
