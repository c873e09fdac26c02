using System.Runtime.CompilerServices;

namespace Cnn.Kernels;

// The speed of the optimizers is limited by the cache, not by arithmetic: every vector is masked, with a full mask except for the last one, and terms that a
// setting switches off are multiplied by 0 or 1.
internal sealed unsafe partial class VectorKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Adam(int count, float* parameters, float* gradient, float* firstMoment, float* secondMoment, in AdamStep step)
    {
        // The corrections are taken out of the loop: α·(m/c₁) / (√(v/c₂) + ε) = (α·√c₂/c₁)·m / (√v + ε·√c₂).
        float root = MathF.Sqrt(step.Correction2);
        V rate = V.Create(step.LearningRate * root / step.Correction1);
        V epsilon = V.Create(step.Epsilon * root);
        V keep1 = V.Create(step.Beta1);
        V keep2 = V.Create(step.Beta2);
        V take1 = V.Create(1 - step.Beta1);
        V take2 = V.Create(1 - step.Beta2);
        V decay = V.Create(step.WeightDecay);
        V keep = V.Create(step.Keep);
        for (int i = 0; i < count; i += V.Count)
        {
            V mask = V.Mask(count - i);
            V theta = V.Load(parameters + i, mask);
            V g = V.MultiplyAdd(decay, theta, V.Load(gradient + i, mask));
            V m = V.MultiplyAdd(keep1, V.Load(firstMoment + i, mask), take1 * g);
            V v = V.MultiplyAdd(keep2, V.Load(secondMoment + i, mask), take2 * g * g);
            V change = rate * m / (V.SquareRoot(v) + epsilon);
            m.Store(firstMoment + i, mask);
            v.Store(secondMoment + i, mask);
            V.MultiplySubtract(keep, theta, change).Store(parameters + i, mask);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Sgd(int count, float* parameters, float* gradient, float* velocity, in SgdStep step)
    {
        // The direction is ahead·g + follow·v: g + μv with Nesterov, 0·g + 1·v without.
        V rate = V.Create(step.LearningRate);
        V momentum = V.Create(step.Momentum);
        V decay = V.Create(step.WeightDecay);
        V ahead = V.Create(step.Nesterov ? 1f : 0f);
        V follow = V.Create(step.Nesterov ? step.Momentum : 1f);
        for (int i = 0; i < count; i += V.Count)
        {
            V mask = V.Mask(count - i);
            V theta = V.Load(parameters + i, mask);
            V g = V.MultiplyAdd(decay, theta, V.Load(gradient + i, mask));
            V v = V.MultiplyAdd(momentum, V.Load(velocity + i, mask), g);
            V direction = V.MultiplyAdd(follow, v, ahead * g);
            v.Store(velocity + i, mask);
            V.MultiplyAddNegated(rate, direction, theta).Store(parameters + i, mask);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void RmsProp(int count, float* parameters, float* gradient, float* meanSquare, float* velocity, in RmsPropStep step)
    {
        V rate = V.Create(step.LearningRate);
        V epsilon = V.Create(step.Epsilon);
        V keep = V.Create(step.Smoothing);
        V take = V.Create(1 - step.Smoothing);
        V momentum = V.Create(step.Momentum);
        V decay = V.Create(step.WeightDecay);
        for (int i = 0; i < count; i += V.Count)
        {
            V mask = V.Mask(count - i);
            V theta = V.Load(parameters + i, mask);
            V g = V.MultiplyAdd(decay, theta, V.Load(gradient + i, mask));
            V s = V.MultiplyAdd(keep, V.Load(meanSquare + i, mask), take * g * g);
            V v = V.MultiplyAdd(momentum, V.Load(velocity + i, mask), g / (V.SquareRoot(s) + epsilon));
            s.Store(meanSquare + i, mask);
            v.Store(velocity + i, mask);
            V.MultiplyAddNegated(rate, v, theta).Store(parameters + i, mask);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void SumOfSquares(int count, float* values, float* sum)
    {
        // Two sums are used in turn, so that one addition need not wait for the other. Masked-out lanes are 0.
        V even = V.Zero;
        V odd = V.Zero;
        for (int i = 0; i < count; i += 2 * V.Count)
        {
            V x = V.Load(values + i, V.Mask(count - i));
            V y = V.Load(values + i + V.Count, V.Mask(count - i - V.Count));
            even = V.MultiplyAdd(x, x, even);
            odd = V.MultiplyAdd(y, y, odd);
        }

        *sum = V.Sum(even + odd);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void Scale(int count, float factor, float* values)
    {
        V factors = V.Create(factor);
        for (int i = 0; i < count; i += V.Count)
        {
            V mask = V.Mask(count - i);
            (factors * V.Load(values + i, mask)).Store(values + i, mask);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void MovingAverage(int count, float keep, float* values, float* average)
    {
        V stay = V.Create(keep);
        V take = V.Create(1 - keep);
        for (int i = 0; i < count; i += V.Count)
        {
            V mask = V.Mask(count - i);
            V taken = take * V.Load(values + i, mask);
            V.MultiplyAdd(stay, V.Load(average + i, mask), taken).Store(average + i, mask);
        }
    }
}
