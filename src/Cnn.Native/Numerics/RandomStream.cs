namespace Cnn.Numerics;

/// <summary>
/// Random numbers that are the same on every machine and in every version: SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014). A seed has any number of independent streams, selected by number, so that the draws of one part never shift those of another.
/// </summary>
internal struct RandomStream
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state;

    /// <summary>Starts a stream.</summary>
    /// <param name="seed">The seed of the experiment.</param>
    /// <param name="stream">The number of the stream.</param>
    public RandomStream(ulong seed, ulong stream)
    {
        _state = Mix(seed + Golden) ^ Mix(~(stream * Golden));
    }

    /// <summary>64 random bits.</summary>
    /// <returns>The bits.</returns>
    public ulong NextUInt64()
    {
        _state += Golden;
        return Mix(_state);
    }

    /// <summary>A uniform number in [0, 1), with 53 random bits.</summary>
    /// <returns>The number.</returns>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform integer in [0, <paramref name="bound"/>), with a negligible bias: 64 bits are scaled to the bound.</summary>
    /// <param name="bound">One more than the largest.</param>
    /// <returns>The integer.</returns>
    public int NextInt32(int bound) => (int)Math.BigMul(NextUInt64(), (ulong)bound, out _);

    /// <summary>A normal number with mean 0 and standard deviation 1 (Box and Muller, 1958).</summary>
    /// <returns>The number.</returns>
    public double NextNormal()
    {
        // 1 − u is in (0, 1], so the logarithm is finite.
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Puts the values in a random order (Fisher and Yates; Durstenfeld, 1964).</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <param name="values">The values to shuffle.</param>
    public void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
