using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// Functions of one value: whole vectors, and a last one under a mask. The loop is written once, and the function is a type,
// so that the JIT makes a loop of each function without a call in it.
//
// All of them rest on e^x for x ≤ 0, of which nothing overflows: by Cody and Waite's reduction to |x| ≤ ln 2 / 2 and the polynomial of
// Moshier's Cephes library (expf), good to two roundings; 0 below −87, where a float has fewer digits than its kind.
internal sealed unsafe partial class Avx2Kernels
{
    /// <summary>A function of one value, eight at a time.</summary>
    private interface IFunction
    {
        Vector256<float> Of(Vector256<float> x);
    }

    /// <summary>What a gradient is multiplied by, from what the forward pass had or made.</summary>
    private interface IDerivative
    {
        Vector256<float> Times(Vector256<float> gradient, Vector256<float> value);
    }

    /// <inheritdoc/>
    internal override void LeakyReluForward(int count, float slope, float* input, float* output) =>
        Map(new LeakyRelu(Vector256.Create(slope)), count, input, output);

    /// <inheritdoc/>
    internal override void LeakyReluBackward(int count, float slope, float* output, float* outputGradient, float* inputGradient) =>
        MapGradient(new LeakyRelu(Vector256.Create(slope)), count, output, outputGradient, inputGradient);

    /// <inheritdoc/>
    internal override void GeluForward(int count, float* input, float* output) => Map(default(Gelu), count, input, output);

    /// <inheritdoc/>
    internal override void GeluBackward(int count, float* input, float* outputGradient, float* inputGradient) =>
        MapGradient(default(Gelu), count, input, outputGradient, inputGradient);

    /// <inheritdoc/>
    internal override void TanhForward(int count, float* input, float* output) => Map(default(HyperbolicTangent), count, input, output);

    /// <inheritdoc/>
    internal override void TanhBackward(int count, float* output, float* outputGradient, float* inputGradient) =>
        MapGradient(default(HyperbolicTangent), count, output, outputGradient, inputGradient);

    /// <inheritdoc/>
    internal override void SigmoidForward(int count, float* input, float* output) => Map(default(Logistic), count, input, output);

    /// <inheritdoc/>
    internal override void SigmoidBackward(int count, float* output, float* outputGradient, float* inputGradient) =>
        MapGradient(default(Logistic), count, output, outputGradient, inputGradient);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map<TFunction>(TFunction function, int count, float* input, float* output)
        where TFunction : struct, IFunction
    {
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            function.Of(Vector256.Load(input + i)).Store(output + i);
        }

        if (i < count)
        {
            Vector256<float> mask = Mask(count - i);
            Avx.MaskStore(output + i, mask, function.Of(Avx.MaskLoad(input + i, mask)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MapGradient<TDerivative>(TDerivative derivative, int count, float* values, float* outputGradient, float* inputGradient)
        where TDerivative : struct, IDerivative
    {
        int i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            derivative.Times(Vector256.Load(outputGradient + i), Vector256.Load(values + i)).Store(inputGradient + i);
        }

        if (i < count)
        {
            Vector256<float> mask = Mask(count - i);
            Vector256<float> gradient = derivative.Times(Avx.MaskLoad(outputGradient + i, mask), Avx.MaskLoad(values + i, mask));
            Avx.MaskStore(inputGradient + i, mask, gradient);
        }
    }

    /// <summary>e^x for x ≤ 0; NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ExpOfNegative(Vector256<float> x)
    {
        Vector256<float> isRepresentable = Avx.Compare(x, Vector256.Create(-87f), FloatComparisonMode.UnorderedNotLessThanNonSignaling);

        // n is a whole number and r the rest, so that x = n · ln 2 + r; ln 2 in two parts keeps the rest exact.
        Vector256<float> n = Avx.RoundToNearestInteger(x * Vector256.Create(1.44269504f));
        Vector256<float> r = Fma.MultiplyAddNegated(n, Vector256.Create(0.693359375f), x);
        r = Fma.MultiplyAddNegated(n, Vector256.Create(-2.12194440e-4f), r);
        Vector256<float> p = Fma.MultiplyAdd(Vector256.Create(1.9875691500e-4f), r, Vector256.Create(1.3981999507e-3f));
        p = Fma.MultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = Fma.MultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = Fma.MultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = Fma.MultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        p = Fma.MultiplyAdd(p, r * r, r + Vector256<float>.One);

        // 2ⁿ is made of its exponent's bits.
        Vector256<float> power = Avx2.ShiftLeftLogical(Avx.ConvertToVector256Int32(n) + Vector256.Create(127), 23).AsSingle();
        return (p * power) & isRepresentable;
    }

    private readonly struct LeakyRelu(Vector256<float> slope) : IFunction, IDerivative
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Of(Vector256<float> x) => Times(x, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Times(Vector256<float> gradient, Vector256<float> value) => Avx.BlendVariable(
            slope * gradient, gradient, Avx.Compare(value, Vector256<float>.Zero, FloatComparisonMode.OrderedGreaterThanNonSignaling));
    }

    private readonly struct Gelu : IFunction, IDerivative
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Of(Vector256<float> x) => x * Distribution(x, Exponential(x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Times(Vector256<float> gradient, Vector256<float> value)
        {
            Vector256<float> exponential = Exponential(value);
            Vector256<float> density = exponential * Vector256.Create(0.3989422804f);
            return gradient * Fma.MultiplyAdd(value, density, Distribution(value, exponential));
        }

        /// <summary>e^(−x²/2).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Exponential(Vector256<float> x) => ExpOfNegative(x * x * Vector256.Create(-0.5f));

        /// <summary>
        /// Φ(x) from e^(−x²/2), with erf by Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.26,
        /// which is off by 1.5·10⁻⁷ at most.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Distribution(Vector256<float> x, Vector256<float> exponential)
        {
            // 0.3275911 / √2 for the argument of erf, and half of the coefficients for half of erfc.
            Vector256<float> t = Vector256<float>.One / Fma.MultiplyAdd(Vector256.Abs(x), Vector256.Create(0.23164188f), Vector256<float>.One);
            Vector256<float> p = Fma.MultiplyAdd(Vector256.Create(0.5307027145f), t, Vector256.Create(-0.7265760135f));
            p = Fma.MultiplyAdd(p, t, Vector256.Create(0.7107068705f));
            p = Fma.MultiplyAdd(p, t, Vector256.Create(-0.142248368f));
            p = Fma.MultiplyAdd(p, t, Vector256.Create(0.127414796f));
            Vector256<float> above = p * t * exponential;
            return Avx.BlendVariable(Vector256<float>.One - above, above, x);
        }
    }

    private readonly struct HyperbolicTangent : IFunction, IDerivative
    {
        /// <summary>(1 − e^−2|x|) / (1 + e^−2|x|) with the sign of x; below 0.625, where that would cancel, the polynomial of Cephes (tanhf).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Of(Vector256<float> x)
        {
            Vector256<float> sign = x & Vector256.Create(-0f);
            Vector256<float> magnitude = Vector256.Abs(x);
            Vector256<float> exponential = ExpOfNegative(magnitude * Vector256.Create(-2f));
            Vector256<float> large = ((Vector256<float>.One - exponential) / (Vector256<float>.One + exponential)) | sign;
            Vector256<float> z = x * x;
            Vector256<float> p = Fma.MultiplyAdd(Vector256.Create(-5.70498872745e-3f), z, Vector256.Create(2.06390887954e-2f));
            p = Fma.MultiplyAdd(p, z, Vector256.Create(-5.37397155531e-2f));
            p = Fma.MultiplyAdd(p, z, Vector256.Create(1.33314422036e-1f));
            p = Fma.MultiplyAdd(p, z, Vector256.Create(-3.33332819422e-1f));
            Vector256<float> small = Fma.MultiplyAdd(p * z, x, x);
            return Avx.BlendVariable(large, small, Avx.CompareLessThan(magnitude, Vector256.Create(0.625f)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Times(Vector256<float> gradient, Vector256<float> value) =>
            gradient * (Vector256<float>.One - (value * value));
    }

    private readonly struct Logistic : IFunction, IDerivative
    {
        /// <summary>1 / (1 + e) for x above 0 and e / (1 + e) below, with e = e^−|x|.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Of(Vector256<float> x)
        {
            Vector256<float> exponential = ExpOfNegative(x | Vector256.Create(-0f));
            Vector256<float> above = Avx.BlendVariable(Vector256<float>.One, exponential, x);
            return above / (Vector256<float>.One + exponential);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Times(Vector256<float> gradient, Vector256<float> value) =>
            gradient * (value * (Vector256<float>.One - value));
    }
}
