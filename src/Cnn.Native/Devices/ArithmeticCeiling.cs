using System.Diagnostics;
using System.Runtime.CompilerServices;
using Cnn.Kernels;

namespace Cnn.Devices;

/// <summary>The peak speed of the cores: twelve independent chains of a multiplication and an addition that never leave the registers.</summary>
internal static class ArithmeticCeiling
{
    private const int Turns = 200_000;
    private const int Attempts = 15;
    private const int Chains = 12;

    /// <summary>
    /// Operations per second of several threads together, with fused multiply-adds (each counts as two) of the widest vectors that the runtime uses on this
    /// machine: the limit of the fastest kernels.
    /// </summary>
    /// <param name="threads">The number of threads.</param>
    /// <returns>The best of several tries; null if the runtime has no FMA.</returns>
    public static double? Fma(int threads) =>
        F32x16.IsSupported ? Fused<F32x16>(threads)
        : F32x8.IsSupported ? Fused<F32x8>(threads)
        : F32x4.IsSupported ? Fused<F32x4>(threads)
        : null;

    /// <summary>Operations per second of several threads together with one float at a time, a multiplication and then an addition: the limit of the scalar kernels.</summary>
    /// <param name="threads">The number of threads.</param>
    /// <returns>The best of several tries.</returns>
    public static double Scalar(int threads) => Measure(threads, ScalarChains, Chains * 2);

    private static double Fused<V>(int threads)
        where V : struct, IVector<V> =>
        Measure(threads, FusedChains<V>, Chains * V.Count * 2);

    private static double Measure(int threads, Func<int, float> chains, int operationsPerTurn)
    {
        double best = 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double[] speeds = new double[threads];
            using var barrier = new Barrier(threads);
            Thread[] running = [.. Enumerable.Range(0, threads).Select(index => new Thread(() =>
            {
                _ = chains(Turns / 10);
                barrier.SignalAndWait();
                long begin = Stopwatch.GetTimestamp();
                _ = chains(Turns);
                speeds[index] = (double)Turns * operationsPerTurn / Stopwatch.GetElapsedTime(begin).TotalSeconds;
            }))];
            foreach (Thread thread in running)
            {
                thread.Start();
            }

            foreach (Thread thread in running)
            {
                thread.Join();
            }

            best = Math.Max(best, speeds.Sum());
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float FusedChains<V>(int turns)
        where V : struct, IVector<V>
    {
        V x = V.Create(0.999f);
        V y = V.Create(0.001f);
        V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int turn = 0; turn < turns; turn++)
        {
            a = V.MultiplyAdd(a, x, y);
            b = V.MultiplyAdd(b, x, y);
            c = V.MultiplyAdd(c, x, y);
            d = V.MultiplyAdd(d, x, y);
            e = V.MultiplyAdd(e, x, y);
            f = V.MultiplyAdd(f, x, y);
            g = V.MultiplyAdd(g, x, y);
            h = V.MultiplyAdd(h, x, y);
            i = V.MultiplyAdd(i, x, y);
            j = V.MultiplyAdd(j, x, y);
            k = V.MultiplyAdd(k, x, y);
            l = V.MultiplyAdd(l, x, y);
        }

        return V.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float ScalarChains(int turns)
    {
        float x = 0.999f;
        float y = 0.001f;
        float a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int turn = 0; turn < turns; turn++)
        {
            a = (a * x) + y;
            b = (b * x) + y;
            c = (c * x) + y;
            d = (d * x) + y;
            e = (e * x) + y;
            f = (f * x) + y;
            g = (g * x) + y;
            h = (h * x) + y;
            i = (i * x) + y;
            j = (j * x) + y;
            k = (k * x) + y;
            l = (l * x) + y;
        }

        return a + b + c + d + e + f + g + h + i + j + k + l;
    }
}
