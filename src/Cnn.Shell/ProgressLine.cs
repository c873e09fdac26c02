using System.Diagnostics;
using System.Management.Automation;

namespace Cnn.Shell;

/// <summary>
/// Progress on standard error: one line that is written again and again on a terminal, a plain line now and then elsewhere,
/// so that a log tells how far a training is without being made of it.
/// </summary>
internal sealed class ProgressLine
{
    private const int BarWidth = 20;
    private const string ClearLine = "\r\u001b[2K";
    private static readonly TimeSpan IntervalOnTerminal = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IntervalInLog = TimeSpan.FromSeconds(5);
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private long _latest;
    private bool _isShown;

    /// <summary>Shows a record, unless the one before it is too young.</summary>
    public void Show(ProgressRecord record)
    {
        if (record.RecordType == ProgressRecordType.Completed)
        {
            Clear();
            _latest = 0;
            return;
        }

        if (_latest != 0 && Stopwatch.GetElapsedTime(_latest) < (_isTerminal ? IntervalOnTerminal : IntervalInLog))
        {
            return;
        }

        _latest = Stopwatch.GetTimestamp();
        if (_isTerminal)
        {
            string line = Describe(record, withBar: true);
            int width = Math.Max(20, Console.WindowWidth) - 1;
            Console.Error.Write(ClearLine + (line.Length > width ? line[..width] : line));
            _isShown = true;
        }
        else
        {
            Console.Error.WriteLine(Describe(record, withBar: false));
        }
    }

    /// <summary>Takes the line off the terminal.</summary>
    public void Clear()
    {
        if (_isShown)
        {
            Console.Error.Write(ClearLine);
            _isShown = false;
        }
    }

    private static string Describe(ProgressRecord record, bool withBar)
    {
        string percent = record.PercentComplete >= 0 ? $" {record.PercentComplete,3} %" : "";
        string bar = withBar && record.PercentComplete >= 0
            ? $" [{new string('#', record.PercentComplete * BarWidth / 100).PadRight(BarWidth, '.')}]"
            : "";
        string left = record.SecondsRemaining >= 0 ? $", {TimeSpan.FromSeconds(record.SecondsRemaining):h\\:mm\\:ss} left" : "";
        return $"{record.Activity}{bar}{percent}  {record.StatusDescription}{left}";
    }
}
