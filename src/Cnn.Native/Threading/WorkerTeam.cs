using System.Runtime.ExceptionServices;

namespace Cnn.Threading;

/// <summary>
/// Threads that are started once and then handed piece after piece of work, hundreds of thousands of times a minute.
/// The caller is one of them.
/// </summary>
/// <remarks>
/// <para>
/// Work comes as items 0 to n − 1. Whoever is free takes the next one, so a thread that the system holds back delays one item
/// and not the rest; nobody waits for a thread that has not begun. Which thread takes an item must not matter to the result.
/// </para>
/// <para>
/// A thread without work looks for some for a few microseconds, as the next piece usually comes at once; then it gives its core back and
/// sleeps until it is woken.
/// </para>
/// </remarks>
public sealed class WorkerTeam : IDisposable
{
    /// <summary>How many times an idle thread looks before it sleeps: some tens of microseconds.</summary>
    private const int Looks = 1000;

    private readonly Thread[] _threads;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _finished = new(0);

    // The high half numbers the pieces of work, the low half is the next item. One word, so that an item is taken
    // together with the knowledge of which piece it belongs to.
    private long _ticket = int.MaxValue;
    private Action<int, int> _work = static (_, _) => { };
    private int _items;
    private int _done;
    private int _sleepers;
    private int _callerSleeps;
    private ExceptionDispatchInfo? _error;
    private volatile bool _disposed;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many work, the caller included; 0 for one on each processor.</param>
    /// <exception cref="CnnException">The number is negative or absurd.</exception>
    public WorkerTeam(int threads)
    {
        if (threads is < 0 or > 1024)
        {
            throw new CnnException(
                "Threads", CnnErrorKind.InvalidArgument, $"The number of threads is {threads}. It is 1 to 1024, or 0 for one on each processor.")
            { Target = threads };
        }

        Count = threads == 0 ? DefaultCount : threads;
        _threads = new Thread[Count - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => WorkUntilDisposed(worker)) { IsBackground = true, Name = $"Cnn worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>How many work where no number is given: one on each processor that the process may use.</summary>
    public static int DefaultCount => Environment.ProcessorCount;

    /// <summary>How many work, the caller included.</summary>
    public int Count { get; }

    /// <summary>Does a piece of work and returns when all of it is done. Allocates nothing.</summary>
    /// <param name="items">Number of items.</param>
    /// <param name="work">Called with the number of the thread, 0 to <see cref="Count"/> − 1, and the item.</param>
    /// <remarks>The first exception that an item throws is thrown here when all items are done or given up.</remarks>
    public void Run(int items, Action<int, int> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ExceptionDispatchInfo? error;
        lock (_gate)
        {
            if (Count == 1 || items <= 1)
            {
                for (int item = 0; item < items; item++)
                {
                    work(0, item);
                }

                return;
            }

            // The last piece is closed: its ticket's item is beyond any count, so nobody takes one while the fields change.
            _work = work;
            _items = items;
            _error = null;
            Volatile.Write(ref _done, 0);
            long piece = (Volatile.Read(ref _ticket) >> 32) + 1;
            Interlocked.Exchange(ref _ticket, piece << 32);
            int sleepers = TakeSleepers(items - 1);
            if (sleepers > 0)
            {
                _wake.Release(sleepers);
            }

            TakeItems(0);
            AwaitDone(items);
            Interlocked.Exchange(ref _ticket, (piece << 32) | int.MaxValue);
            error = _error;
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

        _disposed = true;
        _wake.Release(_threads.Length + 1);
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _wake.Dispose();
        _finished.Dispose();
    }

    private void WorkUntilDisposed(int worker)
    {
        while (!_disposed)
        {
            if (TakeItems(worker))
            {
                continue;
            }

            for (int look = 0; look < Looks && !HasItems() && !_disposed; look++)
            {
                Thread.SpinWait(2);
            }

            if (HasItems() || _disposed)
            {
                continue;
            }

            // Counted as a sleeper before the last look: whoever brings work later sees the count and wakes.
            Interlocked.Increment(ref _sleepers);
            if ((HasItems() || _disposed) && TakeSleepers(1) == 1)
            {
                continue;
            }

            _wake.Wait();
        }
    }

    /// <summary>
    /// Takes sleepers off the count. Whoever takes them wakes as many: so there is never more than one permit for a sleeper,
    /// however many pieces come before it is awake, and none is left over to keep it from sleeping later.
    /// </summary>
    private int TakeSleepers(int most)
    {
        while (true)
        {
            int sleepers = Volatile.Read(ref _sleepers);
            int taken = Math.Min(sleepers, most);
            if (taken == 0 || Interlocked.CompareExchange(ref _sleepers, sleepers - taken, sleepers) == sleepers)
            {
                return taken;
            }
        }
    }

    private bool HasItems() => (int)Volatile.Read(ref _ticket) < Volatile.Read(ref _items);

    /// <summary>Takes items as long as there are any; says whether there was one.</summary>
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

            // Looked at once more behind the flag: whoever does the last item now sees the flag, or is seen here.
            if (Volatile.Read(ref _done) >= items && Interlocked.Exchange(ref _callerSleeps, 0) == 1)
            {
                return;
            }

            _finished.Wait();
        }
    }
}
