using System.Diagnostics;
using System.Management.Automation;

namespace Cnn.PowerShell;

/// <summary>Shows how far a cmdlet is, about four times a second; work that is done sooner than that shows nothing.</summary>
internal sealed class ProgressReporter
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly Cmdlet _cmdlet;
    private readonly string _activity;
    private readonly int _id;
    private readonly int _parent;
    private long _latest = Stopwatch.GetTimestamp();
    private bool _isShown;

    /// <summary>Begins an activity. All calls are made on the thread of the pipeline.</summary>
    /// <param name="cmdlet">The cmdlet that works.</param>
    /// <param name="activity">What it does.</param>
    /// <param name="id">The number of the activity among those of the cmdlet.</param>
    /// <param name="parent">The number of the activity that this is a part of; −1 for none.</param>
    public ProgressReporter(Cmdlet cmdlet, string activity, int id = 1, int parent = -1)
    {
        (_cmdlet, _activity, _id, _parent) = (cmdlet, activity, id, parent);
    }

    /// <summary>Whether it is time to show something again; asking first saves the making of a text that nobody sees.</summary>
    public bool IsDue => Stopwatch.GetElapsedTime(_latest) >= Interval;

    /// <summary>Shows how far the work is.</summary>
    /// <param name="status">What is going on.</param>
    /// <param name="fraction">How much is done, 0 to 1; null where nobody knows.</param>
    /// <param name="remaining">How long the rest will take; null where nobody knows.</param>
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

    /// <summary>Takes the activity off the screen.</summary>
    public void Complete()
    {
        if (_isShown)
        {
            _cmdlet.WriteProgress(new ProgressRecord(_id, _activity, "Done") { ParentActivityId = _parent, RecordType = ProgressRecordType.Completed });
        }
    }
}
