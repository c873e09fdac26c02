using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Benchmarks;

/// <summary>What the cores can do at most: twelve independent chains of multiply-adds that never leave the registers.</summary>
internal static class FmaCeiling
{
    private const int Turns = 200_000;
    private const int OperationsPerTurn = 12 * 8 * 2;

    /// <summary>Operations a second (a multiply-add is two) of some threads together, the best of several tries.</summary>
    public static double Measure(int threads)
    {
        double best = 0;
        for (int attempt = 0; attempt < 15; attempt++)
        {
            double[] speeds = new double[threads];
            using var barrier = new Barrier(threads);
            Thread[] running = [.. Enumerable.Range(0, threads).Select(index => new Thread(() =>
            {
                _ = Chains(Turns / 10);
                barrier.SignalAndWait();
                long begin = Stopwatch.GetTimestamp();
                _ = Chains(Turns);
                speeds[index] = (double)Turns * OperationsPerTurn / Stopwatch.GetElapsedTime(begin).TotalSeconds;
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
    private static float Chains(int turns)
    {
        Vector256<float> x = Vector256.Create(0.999f);
        Vector256<float> y = Vector256.Create(0.001f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int turn = 0; turn < turns; turn++)
        {
            a = Fma.MultiplyAdd(a, x, y);
            b = Fma.MultiplyAdd(b, x, y);
            c = Fma.MultiplyAdd(c, x, y);
            d = Fma.MultiplyAdd(d, x, y);
            e = Fma.MultiplyAdd(e, x, y);
            f = Fma.MultiplyAdd(f, x, y);
            g = Fma.MultiplyAdd(g, x, y);
            h = Fma.MultiplyAdd(h, x, y);
            i = Fma.MultiplyAdd(i, x, y);
            j = Fma.MultiplyAdd(j, x, y);
            k = Fma.MultiplyAdd(k, x, y);
            l = Fma.MultiplyAdd(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
