using System.Diagnostics;

namespace Cnn.Fuzz;

/// <summary>What became of an input.</summary>
/// <param name="IsAccepted">Whether it was read.</param>
/// <param name="Failure">What must not happen; null for an input that was accepted or refused as it should be.</param>
/// <param name="Memory">Bytes that were asked for.</param>
/// <param name="Duration">How long it took.</param>
internal readonly record struct Verdict(bool IsAccepted, Exception? Failure, long Memory, TimeSpan Duration);

/// <summary>A reader has asked for more memory than an input may.</summary>
/// <param name="message">How much.</param>
internal sealed class ExcessiveMemoryException(string message) : Exception(message);

/// <summary>Says whether a reader did right by an input: it accepts it, or refuses it with an error of this product, and asks for little memory.</summary>
internal static class Judge
{
    /// <summary>Gives an input to a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="input">The input.</param>
    /// <returns>The verdict.</returns>
    public static Verdict Try(FuzzTarget target, byte[] input)
    {
        long peak = PeakMemory.Bytes();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        bool isAccepted = false;
        Exception? failure = null;
        try
        {
            isAccepted = target.Accepts(input);
        }
        catch (CnnException e) when (e.ErrorId.Length > 0 && e.Message.Length > 0)
        {
        }
        catch (Exception e)
        {
            failure = e;
        }

        TimeSpan duration = Stopwatch.GetElapsedTime(start);

        // The peak sees native memory too, but only where it is higher than all before.
        long memory = Math.Max(GC.GetAllocatedBytesForCurrentThread() - allocated, PeakMemory.Bytes() - peak);
        long limit = target.MemoryLimit(input);
        if (failure == null && memory > limit)
        {
            failure = new ExcessiveMemoryException($"{memory:N0} bytes were asked for, and {limit:N0} are the limit for {input.Length:N0} bytes of input.");
        }

        return new Verdict(isAccepted, failure, memory, duration);
    }
}
