namespace Cnn.Memory;

/// <summary>What the machine, or the container, has left for a piece of work: found out before the work begins, as a system that runs out later ends the process.</summary>
internal static class MemoryBudget
{
    /// <summary>Too little to look at the machine for.</summary>
    private const long Small = 64L << 20;

    /// <summary>How many bytes the process can still have: what the runtime says of the machine or of the limit of its container.</summary>
    /// <returns>The number of bytes, at least 0.</returns>
    /// <remarks>The runtime measures the load at a collection, so one of the youngest generation is made first: a millisecond.</remarks>
    public static long Available()
    {
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        GCMemoryInfo memory = GC.GetGCMemoryInfo(GCKind.Any);
        return Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
    }

    /// <summary>Checks that a piece of work finds the memory that it needs.</summary>
    /// <param name="bytes">What it needs.</param>
    /// <param name="message">The error's text: given "8.2 GB of memory, and 5.1 GB are free", which goes after "needs", and the number of bytes that are free.</param>
    /// <exception cref="CnnException"><c>MemoryRequired</c>: there is not so much.</exception>
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
