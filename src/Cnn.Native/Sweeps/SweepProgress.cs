using Cnn.Training;

namespace Cnn.Sweeps;

/// <summary>A trial that is being trained.</summary>
/// <param name="Slot">Which of the trainings side by side, from 0.</param>
/// <param name="Trial">The trial.</param>
/// <param name="Training">How far it is; null before its first batch.</param>
public sealed record RunningTrial(int Slot, Trial Trial, TrainingProgress? Training);

/// <summary>How far a sweep is.</summary>
/// <param name="Trials">Number of trials that are to be run; those that were in the results file are not counted.</param>
/// <param name="Finished">How many of them are finished, those that failed included.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="Pruned">How many were ended early.</param>
/// <param name="BestAccuracy">The best accuracy so far, of the results file's trials too; null before there is one.</param>
/// <param name="Running">The trials that are being trained.</param>
/// <param name="Elapsed">The time since the first trial began.</param>
public sealed record SweepProgress(
    int Trials, int Finished, int Failed, int Pruned, double? BestAccuracy, IReadOnlyList<RunningTrial> Running, TimeSpan Elapsed)
{
    /// <summary>How much of the work is done, 0 to 1; all trials count alike.</summary>
    public double Fraction => (Finished + Running.Sum(trial => trial.Training?.Fraction ?? 0)) / Trials;

    /// <summary>The time that the rest will take at this speed; null before anything is done.</summary>
    public TimeSpan? Remaining => Fraction > 0 ? Elapsed * ((1 - Fraction) / Fraction) : null;
}
