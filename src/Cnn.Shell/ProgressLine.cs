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
        if (record.ParentActivityId >= 0)
        {
            return; // One line has room for the whole, and not for its parts.
        }

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
            Console.Error.Write(ClearLine + Fit(record, Math.Max(20, Console.WindowWidth) - 1));
            _isShown = true;
        }
        else
        {
            Console.Error.WriteLine($"{record.Activity}{Percent(record)}  {State(record)}");
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

    /// <summary>The first of these that fits: with the activity and a bar, with a bar alone, with what room there is for a bar.</summary>
    private static string Fit(ProgressRecord record, int width)
    {
        string state = State(record);
        string[] lines =
        [
            $"{record.Activity}{Bar(record, BarWidth)}{Percent(record)}  {state}",
            $"{Bar(record, BarWidth)}{Percent(record)}  {state}".TrimStart(),
            $"{Bar(record, width - state.Length - "[] ".Length)} {state}".TrimStart(),
        ];
        string line = lines.FirstOrDefault(candidate => candidate.Length <= width, lines[^1]);
        return line.Length > width ? line[..width] : line;
    }

    private static string Bar(ProgressRecord record, int width) => record.PercentComplete < 0 || width < 1
        ? ""
        : $" [{new string('#', record.PercentComplete * width / 100).PadRight(width, '.')}]";

    private static string Percent(ProgressRecord record) => record.PercentComplete < 0 ? "" : $" {record.PercentComplete,3} %";

    private static string State(ProgressRecord record) => record.SecondsRemaining < 0
        ? record.StatusDescription
        : $"{record.StatusDescription}, {TimeSpan.FromSeconds(record.SecondsRemaining):h\\:mm\\:ss} left";
}
