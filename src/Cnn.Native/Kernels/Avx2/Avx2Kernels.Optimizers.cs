using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cnn.Kernels;

// The optimizers are bound by the cache, not by arithmetic: every vector goes under a mask, which is whole but for the last one,
// and what a setting switches off is multiplied by 0 or 1.
internal sealed unsafe partial class Avx2Kernels
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Adam(int count, float* parameters, float* gradient, float* firstMoment, float* secondMoment, in AdamStep step)
    {
        // The corrections are taken out of the loop: α·(m/c₁) / (√(v/c₂) + ε) = (α·√c₂/c₁)·m / (√v + ε·√c₂).
        float root = MathF.Sqrt(step.Correction2);
        Vector256<float> rate = Vector256.Create(step.LearningRate * root / step.Correction1);
        Vector256<float> epsilon = Vector256.Create(step.Epsilon * root);
        Vector256<float> keep1 = Vector256.Create(step.Beta1);
        Vector256<float> keep2 = Vector256.Create(step.Beta2);
        Vector256<float> take1 = Vector256.Create(1 - step.Beta1);
        Vector256<float> take2 = Vector256.Create(1 - step.Beta2);
        Vector256<float> decay = Vector256.Create(step.WeightDecay);
        Vector256<float> keep = Vector256.Create(step.Keep);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> mask = Mask(count - i);
            Vector256<float> theta = Avx.MaskLoad(parameters + i, mask);
            Vector256<float> g = Fma.MultiplyAdd(decay, theta, Avx.MaskLoad(gradient + i, mask));
            Vector256<float> m = Fma.MultiplyAdd(keep1, Avx.MaskLoad(firstMoment + i, mask), take1 * g);
            Vector256<float> v = Fma.MultiplyAdd(keep2, Avx.MaskLoad(secondMoment + i, mask), take2 * g * g);
            Vector256<float> change = rate * m / (Avx.Sqrt(v) + epsilon);
            Avx.MaskStore(firstMoment + i, mask, m);
            Avx.MaskStore(secondMoment + i, mask, v);
            Avx.MaskStore(parameters + i, mask, Fma.MultiplySubtract(keep, theta, change));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Sgd(int count, float* parameters, float* gradient, float* velocity, in SgdStep step)
    {
        // The direction is ahead·g + follow·v: g + μv with Nesterov, 0·g + 1·v without.
        Vector256<float> rate = Vector256.Create(step.LearningRate);
        Vector256<float> momentum = Vector256.Create(step.Momentum);
        Vector256<float> decay = Vector256.Create(step.WeightDecay);
        Vector256<float> ahead = Vector256.Create(step.Nesterov ? 1f : 0f);
        Vector256<float> follow = Vector256.Create(step.Nesterov ? step.Momentum : 1f);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> mask = Mask(count - i);
            Vector256<float> theta = Avx.MaskLoad(parameters + i, mask);
            Vector256<float> g = Fma.MultiplyAdd(decay, theta, Avx.MaskLoad(gradient + i, mask));
            Vector256<float> v = Fma.MultiplyAdd(momentum, Avx.MaskLoad(velocity + i, mask), g);
            Vector256<float> direction = Fma.MultiplyAdd(follow, v, ahead * g);
            Avx.MaskStore(velocity + i, mask, v);
            Avx.MaskStore(parameters + i, mask, Fma.MultiplyAddNegated(rate, direction, theta));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void RmsProp(int count, float* parameters, float* gradient, float* meanSquare, float* velocity, in RmsPropStep step)
    {
        Vector256<float> rate = Vector256.Create(step.LearningRate);
        Vector256<float> epsilon = Vector256.Create(step.Epsilon);
        Vector256<float> keep = Vector256.Create(step.Smoothing);
        Vector256<float> take = Vector256.Create(1 - step.Smoothing);
        Vector256<float> momentum = Vector256.Create(step.Momentum);
        Vector256<float> decay = Vector256.Create(step.WeightDecay);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> mask = Mask(count - i);
            Vector256<float> theta = Avx.MaskLoad(parameters + i, mask);
            Vector256<float> g = Fma.MultiplyAdd(decay, theta, Avx.MaskLoad(gradient + i, mask));
            Vector256<float> s = Fma.MultiplyAdd(keep, Avx.MaskLoad(meanSquare + i, mask), take * g * g);
            Vector256<float> v = Fma.MultiplyAdd(momentum, Avx.MaskLoad(velocity + i, mask), g / (Avx.Sqrt(s) + epsilon));
            Avx.MaskStore(meanSquare + i, mask, s);
            Avx.MaskStore(velocity + i, mask, v);
            Avx.MaskStore(parameters + i, mask, Fma.MultiplyAddNegated(rate, v, theta));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void SumOfSquares(int count, float* values, float* sum)
    {
        // Two sums take turns, so that one addition need not wait for the other. What a mask leaves out is 0.
        Vector256<float> even = Vector256<float>.Zero;
        Vector256<float> odd = Vector256<float>.Zero;
        for (int i = 0; i < count; i += 2 * Lanes)
        {
            Vector256<float> x = Avx.MaskLoad(values + i, Mask(count - i));
            Vector256<float> y = Avx.MaskLoad(values + i + Lanes, Mask(count - i - Lanes));
            even = Fma.MultiplyAdd(x, x, even);
            odd = Fma.MultiplyAdd(y, y, odd);
        }

        *sum = Vector256.Sum(even + odd);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Scale(int count, float factor, float* values)
    {
        Vector256<float> factors = Vector256.Create(factor);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> mask = Mask(count - i);
            Avx.MaskStore(values + i, mask, factors * Avx.MaskLoad(values + i, mask));
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void MovingAverage(int count, float keep, float* values, float* average)
    {
        Vector256<float> stay = Vector256.Create(keep);
        Vector256<float> take = Vector256.Create(1 - keep);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<float> mask = Mask(count - i);
            Vector256<float> taken = take * Avx.MaskLoad(values + i, mask);
            Avx.MaskStore(average + i, mask, Fma.MultiplyAdd(stay, Avx.MaskLoad(average + i, mask), taken));
        }
    }
}
