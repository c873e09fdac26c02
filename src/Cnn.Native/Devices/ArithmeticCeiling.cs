using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Instructions = System.Runtime.Intrinsics.X86.Fma;

namespace Cnn.Devices;

/// <summary>What the cores can do at most: twelve independent chains of a multiplication and an addition that never leave the registers.</summary>
public static class ArithmeticCeiling
{
    private const int Turns = 200_000;
    private const int Attempts = 15;
    private const int Chains = 12;

    /// <summary>
    /// Operations a second of some threads together with fused multiply-adds (each counts as two) of eight floats: the bound of the AVX2 kernels.
    /// </summary>
    /// <param name="threads">How many threads work at once.</param>
    /// <returns>The best of several tries; null where the runtime has no FMA.</returns>
    public static double? Fma(int threads) =>
        Instructions.IsSupported ? Measure(threads, FusedChains, Chains * Vector256<float>.Count * 2) : null;

    /// <summary>Operations a second of some threads together with one float at a time, a multiplication and then an addition: the bound of the scalar kernels.</summary>
    /// <param name="threads">How many threads work at once.</param>
    /// <returns>The best of several tries.</returns>
    public static double Scalar(int threads) => Measure(threads, ScalarChains, Chains * 2);

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
    private static float FusedChains(int turns)
    {
        Vector256<float> x = Vector256.Create(0.999f);
        Vector256<float> y = Vector256.Create(0.001f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int turn = 0; turn < turns; turn++)
        {
            a = Instructions.MultiplyAdd(a, x, y);
            b = Instructions.MultiplyAdd(b, x, y);
            c = Instructions.MultiplyAdd(c, x, y);
            d = Instructions.MultiplyAdd(d, x, y);
            e = Instructions.MultiplyAdd(e, x, y);
            f = Instructions.MultiplyAdd(f, x, y);
            g = Instructions.MultiplyAdd(g, x, y);
            h = Instructions.MultiplyAdd(h, x, y);
            i = Instructions.MultiplyAdd(i, x, y);
            j = Instructions.MultiplyAdd(j, x, y);
            k = Instructions.MultiplyAdd(k, x, y);
            l = Instructions.MultiplyAdd(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
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
