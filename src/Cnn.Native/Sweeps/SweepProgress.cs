using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>A trial that is being trained.</summary>
/// <param name="Slot">The slot of the training among those side by side, from 0.</param>
/// <param name="Trial">The trial.</param>
/// <param name="Training">The progress of its training; null before its first batch.</param>
public sealed record RunningTrial(int Slot, Trial Trial, TrainingProgress? Training);

/// <summary>The progress of a sweep.</summary>
/// <param name="Trials">Number of trials to run, without those that were in the results file.</param>
/// <param name="Finished">The number of finished trials, including failed ones.</param>
/// <param name="Failed">The number of failed trials.</param>
/// <param name="Pruned">The number of trials that were ended early.</param>
/// <param name="BestAccuracy">The best accuracy so far, including the trials of the results file; null if there is none yet.</param>
/// <param name="Running">The trials that are being trained.</param>
/// <param name="Elapsed">The time since the first trial began.</param>
public sealed record SweepProgress(
    int Trials, int Finished, int Failed, int Pruned, double? BestAccuracy, IReadOnlyList<RunningTrial> Running, TimeSpan Elapsed)
{
    /// <summary>The share of the work that is done, 0 to 1; all trials count equally.</summary>
    public double Fraction => (Finished + Running.Sum(trial => trial.Training?.Fraction ?? 0)) / Trials;

    /// <summary>The remaining time at this speed; null before anything is done.</summary>
    public TimeSpan? Remaining => Fraction > 0 ? Elapsed * ((1 - Fraction) / Fraction) : null;
}
