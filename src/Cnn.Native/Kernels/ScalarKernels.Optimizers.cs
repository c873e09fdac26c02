namespace Cnn.Kernels;

internal sealed unsafe partial class ScalarKernels
{
    /// <inheritdoc/>
    internal override void Adam(int count, float* parameters, float* gradient, float* firstMoment, float* secondMoment, in AdamStep step)
    {
        for (int i = 0; i < count; i++)
        {
            float g = gradient[i] + (step.WeightDecay * parameters[i]);
            firstMoment[i] = (step.Beta1 * firstMoment[i]) + ((1 - step.Beta1) * g);
            secondMoment[i] = (step.Beta2 * secondMoment[i]) + ((1 - step.Beta2) * g * g);
            float mean = firstMoment[i] / step.Correction1;
            float variance = secondMoment[i] / step.Correction2;
            parameters[i] = (step.Keep * parameters[i]) - (step.LearningRate * mean / (MathF.Sqrt(variance) + step.Epsilon));
        }
    }

    /// <inheritdoc/>
    internal override void Sgd(int count, float* parameters, float* gradient, float* velocity, in SgdStep step)
    {
        for (int i = 0; i < count; i++)
        {
            float g = gradient[i] + (step.WeightDecay * parameters[i]);
            velocity[i] = (step.Momentum * velocity[i]) + g;
            float direction = step.Nesterov ? g + (step.Momentum * velocity[i]) : velocity[i];
            parameters[i] -= step.LearningRate * direction;
        }
    }

    /// <inheritdoc/>
    internal override void RmsProp(int count, float* parameters, float* gradient, float* meanSquare, float* velocity, in RmsPropStep step)
    {
        for (int i = 0; i < count; i++)
        {
            float g = gradient[i] + (step.WeightDecay * parameters[i]);
            meanSquare[i] = (step.Smoothing * meanSquare[i]) + ((1 - step.Smoothing) * g * g);
            velocity[i] = (step.Momentum * velocity[i]) + (g / (MathF.Sqrt(meanSquare[i]) + step.Epsilon));
            parameters[i] -= step.LearningRate * velocity[i];
        }
    }

    /// <inheritdoc/>
    internal override void SumOfSquares(int count, float* values, float* sum)
    {
        *sum = 0;
        for (int i = 0; i < count; i++)
        {
            *sum += values[i] * values[i];
        }
    }

    /// <inheritdoc/>
    internal override void Scale(int count, float factor, float* values)
    {
        for (int i = 0; i < count; i++)
        {
            values[i] *= factor;
        }
    }

    /// <inheritdoc/>
    internal override void MovingAverage(int count, float keep, float* values, float* average)
    {
        for (int i = 0; i < count; i++)
        {
            average[i] = (keep * average[i]) + ((1 - keep) * values[i]);
        }
    }
}
