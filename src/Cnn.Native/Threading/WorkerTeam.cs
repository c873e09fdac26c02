using System.Runtime.ExceptionServices;

namespace Cnn.Threading;

/// <summary>
/// Threads that get piece after piece of work, hundreds of thousands of times a minute. The caller is one of them. They are started when there is work, and
/// end by themselves when there was none for a while.
/// </summary>
/// <remarks>
/// <para>
/// Work consists of items 0 to n − 1. A free thread takes the next one, so a thread that the system delays holds up one item and not the rest; nobody waits
/// for a thread that has not started. The result must not depend on which thread takes an item.
/// </para>
/// <para>
/// A thread without work polls for a few microseconds, because the next piece usually comes at once; then it gives up its core and sleeps until it is woken.
/// </para>
/// <para>
/// Teams of one process that work at the same time share the processors (<see cref="ProcessorShare"/>): each wakes only as many threads as its share, and
/// further threads do not look for work. So two trainings on two processors run on one thread each, and neither waits for the other's threads. The result
/// does not depend on who works.
/// </para>
/// <para>
/// A team that is dropped without <see cref="Dispose"/> leaves nothing behind: between two pieces of work, its threads reference only the team, not the
/// objects that they worked on, and when they have ended, nothing references the team.
/// </para>
/// </remarks>
internal sealed class WorkerTeam : IDisposable
{
    /// <summary>The number of polls of an idle thread before it sleeps: a few tens of microseconds.</summary>
    private const int Looks = 1000;

    private static readonly Action<int, int> NoWork = static (_, _) => { };

    // By worker; null if the thread does not run. The caller, worker 0, has no thread here.
    private readonly Thread?[] _threads;
    private readonly ProcessorShare _processors;
    private readonly TimeSpan _patience;
    private readonly Lock _threadsGate = new();
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _finished = new(0);

    // The high half is the number of the piece of work, the low half is the next item. They are one word, so that taking an item also checks which piece it
    // belongs to.
    private long _ticket = int.MaxValue;
    private Action<int, int> _work = NoWork;
    private int _items;
    private int _done;
    private int _running;
    private int _sleepers;
    private int _callerSleeps;
    private int _share;
    private ExceptionDispatchInfo? _error;
    private volatile bool _disposed;

    /// <summary>Makes a team; its threads are started with the first piece of work.</summary>
    /// <param name="threads">The number of workers, including the caller; 0 for one on each processor.</param>
    /// <param name="patience">How long a thread sleeps without work before it ends; by default two seconds.</param>
    /// <exception cref="CnnException">The number is out of range.</exception>
    public WorkerTeam(int threads, TimeSpan? patience = null)
    {
        if (threads is < 0 or > 1024)
        {
            throw new CnnException(
                "Threads", CnnErrorKind.InvalidArgument, $"The number of threads is {threads}. It must be 1 to 1024, or 0 for one on each processor.")
            { Target = threads };
        }

        Count = threads == 0 ? DefaultCount : threads;
        _share = Count;
        _patience = patience ?? TimeSpan.FromSeconds(2);
        _threads = new Thread?[Count];
        _processors = new ProcessorShare(Count);
    }

    /// <summary>Releases the team's share. It runs when the threads have ended and nothing references the team.</summary>
    ~WorkerTeam() => _processors?.Remove();

    /// <summary>The default number of workers: one on each processor that the process may use.</summary>
    public static int DefaultCount => Environment.ProcessorCount;

    /// <summary>The number of workers, including the caller.</summary>
    public int Count { get; }

    /// <summary>Does a piece of work and returns when all of it is done. It allocates nothing.</summary>
    /// <param name="items">Number of items.</param>
    /// <param name="work">Called with the number of the thread, 0 to <see cref="Count"/> − 1, and the item.</param>
    /// <remarks>The first exception of an item is thrown here when all items are done or abandoned.</remarks>
    public void Run(int items, Action<int, int> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ExceptionDispatchInfo? error;
        lock (_gate)
        {
            _processors.Begin();
            try
            {
                error = Do(items, work);
            }
            finally
            {
                _processors.End();
            }
        }

        error?.Throw();
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        GC.SuppressFinalize(this);
        _processors.Remove();
        Thread[] running;
        lock (_threadsGate)
        {
            _disposed = true;
            running = [.. _threads.OfType<Thread>()];
        }

        _wake.Release(Count);
        foreach (Thread thread in running)
        {
            thread.Join();
        }

        _wake.Dispose();
        _finished.Dispose();
    }

    private ExceptionDispatchInfo? Do(int items, Action<int, int> work)
    {
        int share = _processors.Threads;
        Volatile.Write(ref _share, share);
        if (share == 1 || items <= 1)
        {
            for (int item = 0; item < items; item++)
            {
                work(0, item);
            }

            return null;
        }

        if (Volatile.Read(ref _running) < Count - 1)
        {
            StartThreads();
        }

        // The previous piece is closed: the item in its ticket is beyond any count, so nobody takes one while the fields change.
        _work = work;
        _items = items;
        Volatile.Write(ref _done, 0);
        long piece = (Volatile.Read(ref _ticket) >> 32) + 1;
        Interlocked.Exchange(ref _ticket, piece << 32);
        int sleepers = TakeSleepers(Math.Min(items, share) - 1 - (share < Count ? Awake : 0));
        if (sleepers > 0)
        {
            _wake.Release(sleepers);
        }

        TakeItems(0);
        AwaitDone(items);
        Interlocked.Exchange(ref _ticket, (piece << 32) | int.MaxValue);

        // All items are done and none can be taken: the threads release the objects that they worked on.
        ExceptionDispatchInfo? error = _error;
        _work = NoWork;
        _error = null;
        return error;
    }

    /// <summary>The number of threads that are not asleep, without the caller.</summary>
    private int Awake => Volatile.Read(ref _running) - Volatile.Read(ref _sleepers);

    /// <summary>Starts the threads that are not running: all of them at first, and later those that have ended.</summary>
    private void StartThreads()
    {
        lock (_threadsGate)
        {
            for (int i = 1; i < Count; i++)
            {
                if (_threads[i] == null)
                {
                    int worker = i;
                    Thread thread = new(() => WorkUntilIdle(worker)) { IsBackground = true, Name = $"Cnn worker {worker}" };
                    thread.Start();
                    _threads[i] = thread;
                    Interlocked.Increment(ref _running);
                }
            }
        }
    }

    /// <summary>Records that a thread ends. From here on it accesses nothing of the team, so another thread can take its number.</summary>
    private void EndThread(int worker)
    {
        lock (_threadsGate)
        {
            _threads[worker] = null;
            Interlocked.Decrement(ref _running);
        }
    }

    private void WorkUntilIdle(int worker)
    {
        while (!_disposed)
        {
            if (TakeItems(worker))
            {
                continue;
            }

            for (int look = 0; look < Looks && !HasItems() && !_disposed && Awake < Volatile.Read(ref _share); look++)
            {
                Thread.SpinWait(2);
            }

            if (HasItems() || _disposed)
            {
                continue;
            }

            // The thread counts as a sleeper before it checks for work a last time: code that brings work later sees the count and wakes it.
            Interlocked.Increment(ref _sleepers);
            if ((HasItems() || _disposed) && TakeSleepers(1) == 1)
            {
                continue;
            }

            if (_wake.Wait(_patience))
            {
                continue;
            }

            // A thread that is no longer among the sleepers is being woken, and waits for its permit: a permit that nobody took would wake another thread too
            // early.
            if (TakeSleepers(1) == 1)
            {
                break;
            }

            _wake.Wait();
        }

        EndThread(worker);
    }

    /// <summary>
    /// Removes sleepers from the count. The code that removes them wakes as many, so there is never more than one permit for each sleeper, however many
    /// pieces of work come before it is awake, and no permit is left over that would keep a thread from sleeping later.
    /// </summary>
    private int TakeSleepers(int most)
    {
        while (true)
        {
            int sleepers = Volatile.Read(ref _sleepers);
            int taken = Math.Min(sleepers, most);
            if (taken <= 0 || Interlocked.CompareExchange(ref _sleepers, sleepers - taken, sleepers) == sleepers)
            {
                return Math.Max(0, taken);
            }
        }
    }

    private bool HasItems() => (int)Volatile.Read(ref _ticket) < Volatile.Read(ref _items);

    /// <summary>Takes items as long as there are any; returns whether there was one.</summary>
    private bool TakeItems(int worker)
    {
        bool any = false;
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            int item = (int)ticket;
            if (item >= Volatile.Read(ref _items))
            {
                return any;
            }

            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) != ticket)
            {
                continue;
            }

            any = true;
            int items = _items;
            try
            {
                _work(worker, item);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(error), null);
            }

            if (Interlocked.Increment(ref _done) == items && Interlocked.Exchange(ref _callerSleeps, 0) == 1)
            {
                _finished.Release();
            }
        }
    }

    private void AwaitDone(int items)
    {
        for (int look = 0; look < Looks && Volatile.Read(ref _done) < items; look++)
        {
            Thread.SpinWait(2);
        }

        while (Volatile.Read(ref _done) < items)
        {
            Interlocked.Exchange(ref _callerSleeps, 1);

            // Checked once more after setting the flag: the thread that does the last item now either sees the flag, or its result is seen here.
            if (Volatile.Read(ref _done) >= items && Interlocked.Exchange(ref _callerSleeps, 0) == 1)
            {
                return;
            }

            _finished.Wait();
        }
    }
}
