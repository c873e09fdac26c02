namespace Cnn.Memory;

/// <summary>
/// Makes it safe to dispose an owner of native memory while it is used, by counting references as a SafeHandle does: the memory is freed when the owner is
/// disposed and the last use has ended. A use that begins later is an error at once.
/// </summary>
/// <param name="owner">The owner, which an error names.</param>
/// <param name="free">Frees what the owner holds; called once.</param>
internal sealed class Lifetime(object owner, Action free) : IDisposable
{
    // The owner's own reference, and one for each current use. 0 when everything is freed.
    private int _references = 1;
    private int _isDisposed;

    /// <summary>Begins a use, which ends when the result is disposed.</summary>
    /// <returns>The use.</returns>
    /// <exception cref="ObjectDisposedException">The owner was disposed.</exception>
    public Use Begin()
    {
        int references = Volatile.Read(ref _references);
        while (true)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) == 1 || references == 0, owner);
            int before = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (before == references)
            {
                return new Use(this);
            }

            references = before;
        }
    }

    /// <summary>Checks in the middle of a use that its owner is not disposed.</summary>
    /// <exception cref="ObjectDisposedException">The owner was disposed.</exception>
    public void Check() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) == 1, owner);

    /// <summary>Frees the memory now, or when the last use ends.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            Release();
        }
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            free();
        }
    }

    /// <summary>One use of the owner.</summary>
    /// <param name="lifetime">The counter.</param>
    internal readonly struct Use(Lifetime lifetime) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => lifetime.Release();
    }
}
