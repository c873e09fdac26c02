namespace Cnn.Sweeps;

/// <summary>
/// Ends unpromising trials early, like Optuna's MedianPruner (Akiba et al., "Optuna", 2019; the rule is that of Golovin et al., "Google Vizier", 2017):
/// trials whose best validation accuracy so far is less than the median of the finished trials after the same epoch.
/// </summary>
/// <param name="Trials">The number of trials that have to be finished before one is ended early; at least 1.</param>
/// <param name="Epochs">The number of epochs that every trial trains; at least 1.</param>
public sealed record MedianPruning(int Trials = 5, int Epochs = 1)
{
    /// <summary>The number of trials that have to be finished before one is ended early.</summary>
    public int Trials { get; } = Trials;

    /// <summary>The number of epochs that every trial trains.</summary>
    public int Epochs { get; } = Epochs;

    /// <summary>Checks both numbers.</summary>
    /// <exception cref="CnnException"><c>SweepPruning</c>: one is less than 1.</exception>
    internal void Check()
    {
        if (Trials < 1 || Epochs < 1)
        {
            throw new CnnException(
                "SweepPruning", CnnErrorKind.InvalidArgument, $"Trials are pruned after {Epochs} epochs and {Trials} finished trials. Both must be at least 1; 1 and 5 are usual.")
            { Target = this };
        }
    }

    /// <summary>Whether a trial ends after its latest epoch.</summary>
    /// <param name="accuracies">The validation accuracy after each of its epochs.</param>
    /// <param name="finished">The validation accuracies of the trials that were finished and not ended early.</param>
    /// <returns>Whether it does.</returns>
    internal bool Ends(IReadOnlyList<double> accuracies, IEnumerable<IReadOnlyList<double>> finished)
    {
        int epochs = accuracies.Count;
        if (epochs < Epochs)
        {
            return false;
        }

        double[] others = [.. finished.Where(other => other.Count >= epochs).Select(other => other.Take(epochs).Max()).Order()];
        if (others.Length < Trials)
        {
            return false;
        }

        double median = (others[(others.Length - 1) / 2] + others[others.Length / 2]) / 2;
        return accuracies.Max() < median;
    }
}
