using System.Management.Automation;
using Cnn.Sweeps;

namespace Cnn.PowerShell;

/// <summary>Shows the progress of a sweep: a bar for the whole, and one below it for each trial that is being trained.</summary>
internal sealed class SweepProgressReporter
{
    private const int SweepActivity = 1;
    private readonly Cmdlet _cmdlet;
    private readonly ProgressReporter _sweep;
    private readonly Dictionary<int, (string Trial, ProgressReporter Reporter)> _trials = [];

    /// <summary>Starts the activity.</summary>
    public SweepProgressReporter(Cmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        _sweep = new ProgressReporter(cmdlet, "Sweep", SweepActivity);
    }

    /// <summary>Shows the progress of the sweep, if it is time to.</summary>
    public void Report(SweepProgress now)
    {
        foreach (int slot in _trials.Keys.Where(slot => !now.Running.Any(running => running.Slot == slot && running.Trial.Id == _trials[slot].Trial)).ToList())
        {
            _trials[slot].Reporter.Complete();
            _trials.Remove(slot);
        }

        if (_sweep.IsDue)
        {
            string failed = (now.Failed == 0 ? "" : $", {now.Failed} failed") + (now.Pruned == 0 ? "" : $", {now.Pruned} pruned");
            string best = now.BestAccuracy is { } accuracy ? FormattableString.Invariant($", best accuracy {accuracy:P2}") : "";
            _sweep.Report($"{now.Finished} of {now.Trials} trials{failed}{best}", now.Fraction, now.Remaining);
        }

        foreach (RunningTrial running in now.Running)
        {
            if (!_trials.TryGetValue(running.Slot, out (string Trial, ProgressReporter Reporter) shown))
            {
                shown = (running.Trial.Id, new ProgressReporter(_cmdlet, $"{running.Trial}", SweepActivity + 1 + running.Slot, SweepActivity));
                _trials.Add(running.Slot, shown);
            }

            if (running.Training is { } training && shown.Reporter.IsDue)
            {
                shown.Reporter.Report(InvokeCnnTrainingCommand.Describe(training), training.Fraction, training.Remaining);
            }
        }
    }

    /// <summary>Removes all of it from the screen.</summary>
    public void Complete()
    {
        foreach ((_, ProgressReporter reporter) in _trials.Values)
        {
            reporter.Complete();
        }

        _sweep.Complete();
    }
}
