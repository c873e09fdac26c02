using System.Diagnostics;

namespace Cnn.Fuzz;

/// <summary>
/// Runs each target in a process of its own: one that crashes, or that works on one input without end, takes nothing with it, and the input
/// is kept.
/// </summary>
internal static class FuzzSupervisor
{
    /// <summary>Of processor time, so that a busy machine makes no difference.</summary>
    private static readonly TimeSpan MostWork = TimeSpan.FromSeconds(10);

    /// <summary>For one that waits instead of working.</summary>
    private static readonly TimeSpan MostWaiting = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs targets.</summary>
    /// <param name="arguments">Which, and for how long.</param>
    /// <returns>Whether nothing failed.</returns>
    public static bool Run(FuzzArguments arguments)
    {
        Console.WriteLine(FuzzWorker.Header);
        int failed = arguments.Targets.Count(target => !Run(arguments, target));
        Console.WriteLine($"{(failed == 0 ? "Passed" : "Failed")}!  - Failed: {failed}, Passed: {arguments.Targets.Count - failed} - fuzzed readers");
        return failed == 0;
    }

    private static bool Run(FuzzArguments arguments, string target)
    {
        string notePath = Path.GetTempFileName();
        try
        {
            using InputNote note = InputNote.Open(notePath);
            using Process worker = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments.ForWorker(target, notePath)))!;
            string? end = Watch(worker, note);
            if (end != null)
            {
                string file = FailureFolder.Keep(target, note.Read(), end);
                Console.WriteLine($"{target}: {end} Input {note.Number:N0} of seed {arguments.Seed}: {file}");
            }

            return end == null && worker.ExitCode == 0;
        }
        finally
        {
            File.Delete(notePath);
        }
    }

    /// <summary>Waits for a process.</summary>
    /// <returns>What went wrong; null for an orderly end.</returns>
    private static string? Watch(Process worker, InputNote note)
    {
        long number = note.Number;
        TimeSpan work = TimeSpan.Zero;
        long since = Stopwatch.GetTimestamp();
        while (!worker.WaitForExit(Interval))
        {
            if (note.Number != number)
            {
                (number, work, since) = (note.Number, WorkOf(worker), Stopwatch.GetTimestamp());
            }
            else if (number > 0 && (WorkOf(worker) - work > MostWork || Stopwatch.GetElapsedTime(since) > MostWaiting))
            {
                worker.Kill();
                worker.WaitForExit();
                return $"It did not come to an end within {MostWork.TotalSeconds} seconds of processor time.";
            }
        }

        return worker.ExitCode is Program.Passed or Program.Failed ? null : $"The process ended with exit code {worker.ExitCode}.";
    }

    private static TimeSpan WorkOf(Process worker)
    {
        try
        {
            worker.Refresh();
            return worker.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
            return TimeSpan.Zero;
        }
    }
}
