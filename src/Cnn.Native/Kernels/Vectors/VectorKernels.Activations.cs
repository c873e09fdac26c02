using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// Elementwise functions: whole vectors, and a last one under a mask. The loop is written once, and the function is a type parameter, so that the JIT compiles a loop without a call for each function.
// The function stands in the loop only once: with a second copy for the last vector, GELU would have more locals than the JIT inlines.
// 
// All of them are based on e^x for x ≤ 0, which cannot overflow: Cody and Waite's reduction to |x| ≤ ln 2 / 2 and the polynomial of
// Moshier's Cephes library (expf), accurate to two roundings; 0 below −87, where floats become denormal.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <summary>An elementwise function, a vector at a time.</summary>
    private interface IFunction
    {
        V Of(V x);
    }

    /// <summary>The factor of a gradient, from the input or output of the forward pass.</summary>
    private interface IDerivative
    {
        V Times(V gradient, V value);
    }

    /// <inheritdoc/>
    internal override void LeakyReluForward(int count, float slope, float* input, float* output) =>
        Map(new LeakyRelu(V.Create(slope)), count, input, output);

    /// <inheritdoc/>
    internal override void LeakyReluBackward(int count, float slope, float* output, float* outputGradient, float* inputGradient) =>
        MapGradient(new LeakyRelu(V.Create(slope)), count, output, outputGradient, inputGradient);

    /// <inheritdoc/>
    internal override void Relu6Forward(int count, float* input, float* output) => Map(default(CutRelu), count, input, output);

    /// <inheritdoc/>
    internal override void Relu6Backward(int count, float* output, float* outputGradient, float* inputGradient) =>
        MapGradient(default(CutRelu), count, output, outputGradient, inputGradient);

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
        for (int i = 0; i < count; i += V.Count)
        {
            StoreUpTo(count - i, function.Of(LoadUpTo(count - i, input + i)), output + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MapGradient<TDerivative>(TDerivative derivative, int count, float* values, float* outputGradient, float* inputGradient)
        where TDerivative : struct, IDerivative
    {
        for (int i = 0; i < count; i += V.Count)
        {
            V gradient = LoadUpTo(count - i, outputGradient + i);
            StoreUpTo(count - i, derivative.Times(gradient, LoadUpTo(count - i, values + i)), inputGradient + i);
        }
    }

    /// <summary>Loads a whole vector, or the last floats under a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LoadUpTo(int count, float* source) => count >= V.Count ? V.Load(source) : V.Load(source, V.Mask(count));

    /// <summary>Stores a whole vector, or the last floats under a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreUpTo(int count, V value, float* target)
    {
        if (count >= V.Count)
        {
            value.Store(target);
        }
        else
        {
            value.Store(target, V.Mask(count));
        }
    }

    /// <summary>e^x for x ≤ 0; NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpOfNegative(V x)
    {
        V isTooSmall = V.GreaterThan(V.Create(-87f), x);

        // n is a whole number and r the rest, so that x = n · ln 2 + r; splitting ln 2 into two parts keeps the rest exact.
        V n = V.Round(x * V.Create(1.44269504f));
        V r = V.MultiplyAddNegated(n, V.Create(0.693359375f), x);
        r = V.MultiplyAddNegated(n, V.Create(-2.12194440e-4f), r);
        V p = V.MultiplyAdd(V.Create(1.9875691500e-4f), r, V.Create(1.3981999507e-3f));
        p = V.MultiplyAdd(p, r, V.Create(8.3334519073e-3f));
        p = V.MultiplyAdd(p, r, V.Create(4.1665795894e-2f));
        p = V.MultiplyAdd(p, r, V.Create(1.6666665459e-1f));
        p = V.MultiplyAdd(p, r, V.Create(5.0000001201e-1f));
        p = V.MultiplyAdd(p, r * r, r + V.One);

        // 2ⁿ is built from the bits of its exponent.
        V power = V.ShiftLeft(V.AddInt32(V.ToInt32(n), V.CreateInt32(127)), 23);
        return V.AndNot(isTooSmall, p * power);
    }

    private readonly struct LeakyRelu(V slope) : IFunction, IDerivative
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Of(V x) => Times(x, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Times(V gradient, V value) =>
            V.Select(V.GreaterThan(value, V.Zero), gradient, slope * gradient);
    }

    private readonly struct CutRelu : IFunction, IDerivative
    {
        // In this order of operands a NaN stays one.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Of(V x) => V.MinElseSecond(V.Create(6f), V.MaxElseSecond(V.Zero, x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Times(V gradient, V value) => V.GreaterThan(value, V.Zero) & V.GreaterThan(V.Create(6f), value) & gradient;
    }

    private readonly struct Gelu : IFunction, IDerivative
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Of(V x) => x * Distribution(x, Exponential(x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Times(V gradient, V value)
        {
            V exponential = Exponential(value);
            V density = exponential * V.Create(0.3989422804f);
            return gradient * V.MultiplyAdd(value, density, Distribution(value, exponential));
        }

        /// <summary>e^(−x²/2).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Exponential(V x) => ExpOfNegative(x * x * V.Create(-0.5f));

        /// <summary>
        /// Φ(x) from e^(−x²/2), with erf by Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.26, whose error is at most 1.5·10⁻⁷.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Distribution(V x, V exponential)
        {
            // 0.3275911 / √2 for the argument of erf, and half of the coefficients for half of erfc.
            V t = V.One / V.MultiplyAdd(V.Abs(x), V.Create(0.23164188f), V.One);
            V p = V.MultiplyAdd(V.Create(0.5307027145f), t, V.Create(-0.7265760135f));
            p = V.MultiplyAdd(p, t, V.Create(0.7107068705f));
            p = V.MultiplyAdd(p, t, V.Create(-0.142248368f));
            p = V.MultiplyAdd(p, t, V.Create(0.127414796f));
            V above = p * t * exponential;
            return V.SelectBySign(x, above, V.One - above);
        }
    }

    private readonly struct HyperbolicTangent : IFunction, IDerivative
    {
        /// <summary>(1 − e^−2|x|) / (1 + e^−2|x|) with the sign of x; below 0.625, where that would cancel, the polynomial of Cephes (tanhf).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Of(V x)
        {
            V sign = x & V.Create(-0f);
            V magnitude = V.Abs(x);
            V exponential = ExpOfNegative(magnitude * V.Create(-2f));
            V large = ((V.One - exponential) / (V.One + exponential)) | sign;
            V z = x * x;
            V p = V.MultiplyAdd(V.Create(-5.70498872745e-3f), z, V.Create(2.06390887954e-2f));
            p = V.MultiplyAdd(p, z, V.Create(-5.37397155531e-2f));
            p = V.MultiplyAdd(p, z, V.Create(1.33314422036e-1f));
            p = V.MultiplyAdd(p, z, V.Create(-3.33332819422e-1f));
            V small = V.MultiplyAdd(p * z, x, x);
            return V.Select(V.GreaterThan(V.Create(0.625f), magnitude), small, large);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Times(V gradient, V value) =>
            gradient * (V.One - (value * value));
    }

    private readonly struct Logistic : IFunction, IDerivative
    {
        /// <summary>1 / (1 + e) for x above 0 and e / (1 + e) below, with e = e^−|x|.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Of(V x)
        {
            V exponential = ExpOfNegative(x | V.Create(-0f));
            V above = V.SelectBySign(x, exponential, V.One);
            return above / (V.One + exponential);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Times(V gradient, V value) =>
            gradient * (value * (V.One - value));
    }
}
