namespace Cnn.Memory;

/// <summary>
/// The memory that the machine or the container has left for a piece of work. It is checked before the work begins, because a system that runs out later ends
/// the process.
/// </summary>
internal static class MemoryBudget
{
    /// <summary>Amounts too small to check.</summary>
    private const long Small = 64L << 20;

    /// <summary>How many bytes the process can still get: the runtime's value for the machine or the limit of its container.</summary>
    /// <returns>The number of bytes, at least 0.</returns>
    /// <remarks>The runtime measures the load at a collection, so one of the youngest generation is triggered first: a millisecond.</remarks>
    public static long Available()
    {
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        GCMemoryInfo memory = GC.GetGCMemoryInfo(GCKind.Any);
        return Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
    }

    /// <summary>Checks that there is enough memory for a piece of work.</summary>
    /// <param name="bytes">The number of bytes that it needs.</param>
    /// <param name="message">Makes the text of the error from the text "8.2 GB of memory, and 5.1 GB are free", which follows "needs", and the number of free bytes.</param>
    /// <exception cref="CnnException"><c>MemoryRequired</c>: there is not enough.</exception>
    public static void Require(long bytes, Func<string, long, string> message)
    {
        if (bytes <= Small)
        {
            return;
        }

        long available = Available();
        if (bytes > available)
        {
            throw new CnnException(
                "MemoryRequired", CnnErrorKind.OperationFailed, message($"{ByteSize.Of(bytes)} of memory, and {ByteSize.Of(available)} are free", available));
        }
    }
}
