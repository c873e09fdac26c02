using System.Diagnostics;

namespace Cnn.Threading;

/// <summary>
/// A team's share of the processors. Teams of one process that work at the same time divide them; a team that is alone uses all its threads, however many
/// they are.
/// </summary>
internal sealed class ProcessorShare
{
    /// <summary>
    /// How long a team counts as working after its last piece of work. Longer than a trainer needs between two batches, so that shares do not fluctuate;
    /// short compared with anything that a person waits for.
    /// </summary>
    private static readonly long Pause = Stopwatch.Frequency / 200;

    private static readonly Lock Gate = new();

    /// <summary>The shares of all teams of the process. The array is immutable: when a team is added or removed, a new one is made.</summary>
    private static ProcessorShare[] _all = [];

    private readonly int _threads;

    /// <summary>The time until which the team counts as working; the maximum while it works.</summary>
    private long _worksUntil;

    /// <summary>Makes the share of a team that does not work yet.</summary>
    /// <param name="threads">The number of threads of the team, including the caller.</param>
    public ProcessorShare(int threads)
    {
        _threads = threads;
        lock (Gate)
        {
            _all = [.. _all, this];
        }
    }

    /// <summary>The number of threads of the team that may work now: all if no other team works, otherwise its share.</summary>
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

    /// <summary>The team no longer takes part.</summary>
    public void Remove()
    {
        lock (Gate)
        {
            _all = [.. _all.Where(share => share != this)];
        }
    }

    /// <summary>
    /// The share of the processors of one of several teams, at least 1: all its threads if the teams together have no more threads than there are processors.
    /// Otherwise the processors are divided in the order of the teams, so that all shares together are all processors.
    /// </summary>
    /// <param name="before">Threads of the teams before this one.</param>
    /// <param name="count">Threads of this team.</param>
    /// <param name="all">Threads of all teams.</param>
    /// <param name="processors">The number of processors.</param>
    /// <returns>The number of threads.</returns>
    internal static int PartOf(long before, long count, long all, int processors) => all <= processors
        ? (int)count
        : (int)Math.Max(1, ((before + count) * processors / all) - (before * processors / all));
}
