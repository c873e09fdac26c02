using System.Diagnostics;
using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>Shows the progress of a cmdlet, about four times a second; work that is done sooner shows nothing.</summary>
internal sealed class ProgressReporter
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly Cmdlet _cmdlet;
    private readonly string _activity;
    private readonly int _id;
    private readonly int _parent;
    private long _latest = Stopwatch.GetTimestamp();
    private bool _isShown;

    /// <summary>Starts an activity. All calls are made on the thread of the pipeline.</summary>
    /// <param name="cmdlet">The cmdlet that works.</param>
    /// <param name="activity">The description of the work.</param>
    /// <param name="id">The number of the activity within the cmdlet.</param>
    /// <param name="parent">The number of the parent activity; −1 for none.</param>
    public ProgressReporter(Cmdlet cmdlet, string activity, int id = 1, int parent = -1)
    {
        (_cmdlet, _activity, _id, _parent) = (cmdlet, activity, id, parent);
    }

    /// <summary>Whether it is time to show progress again; checking this first avoids building a text that nobody sees.</summary>
    public bool IsDue => Stopwatch.GetElapsedTime(_latest) >= Interval;

    /// <summary>Shows the progress of the work.</summary>
    /// <param name="status">The current state.</param>
    /// <param name="fraction">The share that is done, 0 to 1; null if it is not known.</param>
    /// <param name="remaining">The remaining time; null if it is not known.</param>
    public void Report(string status, double? fraction, TimeSpan? remaining = null)
    {
        _latest = Stopwatch.GetTimestamp();
        _isShown = true;
        _cmdlet.WriteProgress(new ProgressRecord(_id, _activity, status)
        {
            ParentActivityId = _parent,
            PercentComplete = fraction is { } part ? (int)(100 * part) : -1,
            SecondsRemaining = remaining is { } time ? (int)Math.Ceiling(time.TotalSeconds) : -1,
        });
    }

    /// <summary>Removes the activity from the screen.</summary>
    public void Complete()
    {
        if (_isShown)
        {
            _cmdlet.WriteProgress(new ProgressRecord(_id, _activity, "Done") { ParentActivityId = _parent, RecordType = ProgressRecordType.Completed });
        }
    }
}
