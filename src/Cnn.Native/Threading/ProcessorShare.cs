using System.Diagnostics;

namespace Cnn.Threading;

/// <summary>
/// A team's part of the processors. Teams of one process that work at the same time divide them; a team that is alone has all the threads
/// that it was made with, however many they are.
/// </summary>
internal sealed class ProcessorShare
{
    /// <summary>
    /// How long a team counts as working after its last piece. Longer than a trainer takes between two batches, so that a share does not
    /// flicker; short beside anything that a person waits for.
    /// </summary>
    private static readonly long Pause = Stopwatch.Frequency / 200;

    private static readonly Lock Gate = new();

    /// <summary>The shares of all teams of the process. The array is never changed: a team that comes or goes makes a new one.</summary>
    private static ProcessorShare[] _all = [];

    private readonly int _threads;

    /// <summary>The time until which the team counts as working; the end of all time while it works.</summary>
    private long _worksUntil;

    /// <summary>Makes the share of a team that does not work yet.</summary>
    /// <param name="threads">How many threads the team has, the caller included.</param>
    public ProcessorShare(int threads)
    {
        _threads = threads;
        lock (Gate)
        {
            _all = [.. _all, this];
        }
    }

    /// <summary>How many threads of the team may work now: all where no other team works, its part where others do.</summary>
    public int Threads
    {
        get
        {
            ProcessorShare[] shares = Volatile.Read(ref _all);
            if (shares.Length == 1 || _threads == 1)
            {
                return _threads;
            }

            long now = Stopwatch.GetTimestamp();
            long all = 0;
            long before = 0;
            foreach (ProcessorShare share in shares)
            {
                if (share == this)
                {
                    before = all;
                }
                else if (Volatile.Read(ref share._worksUntil) < now)
                {
                    continue;
                }

                all += share._threads;
            }

            return all == _threads ? _threads : PartOf(before, _threads, all, Environment.ProcessorCount);
        }
    }

    /// <summary>The team begins a piece of work.</summary>
    public void Begin() => Volatile.Write(ref _worksUntil, long.MaxValue);

    /// <summary>The team has finished a piece of work.</summary>
    public void End() => Volatile.Write(ref _worksUntil, Stopwatch.GetTimestamp() + Pause);

    /// <summary>The team takes part no longer.</summary>
    public void Remove()
    {
        lock (Gate)
        {
            _all = [.. _all.Where(share => share != this)];
        }
    }

    /// <summary>
    /// The part of the processors of one of several teams, at least 1: all its threads where the teams have no more of them than there are
    /// processors. Else the processors are cut in the order of the teams, so that all parts together are all processors.
    /// </summary>
    /// <param name="before">Threads of the teams before this one.</param>
    /// <param name="count">Threads of this team.</param>
    /// <param name="all">Threads of all teams.</param>
    /// <param name="processors">Processors there are.</param>
    /// <returns>The number of threads.</returns>
    internal static int PartOf(long before, long count, long all, int processors) => all <= processors
        ? (int)count
        : (int)Math.Max(1, ((before + count) * processors / all) - (before * processors / all));
}
