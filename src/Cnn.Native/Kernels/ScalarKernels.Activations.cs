namespace Cnn.Kernels;

// Elementwise functions, in double precision unless they are exact anyway.
internal sealed unsafe partial class ScalarKernels
{
    /// <inheritdoc/>
    internal override void LeakyReluForward(int count, float slope, float* input, float* output)
    {
        for (int i = 0; i < count; i++)
        {
            output[i] = input[i] > 0 ? input[i] : slope * input[i];
        }
    }

    /// <inheritdoc/>
    internal override void LeakyReluBackward(int count, float slope, float* output, float* outputGradient, float* inputGradient)
    {
        for (int i = 0; i < count; i++)
        {
            inputGradient[i] = output[i] > 0 ? outputGradient[i] : slope * outputGradient[i];
        }
    }

    /// <inheritdoc/>
    internal override void Relu6Forward(int count, float* input, float* output)
    {
        for (int i = 0; i < count; i++)
        {
            output[i] = input[i] <= 0 ? 0 : input[i] >= 6 ? 6 : input[i];
        }
    }

    /// <inheritdoc/>
    internal override void Relu6Backward(int count, float* output, float* outputGradient, float* inputGradient)
    {
        for (int i = 0; i < count; i++)
        {
            inputGradient[i] = output[i] > 0 && output[i] < 6 ? outputGradient[i] : 0;
        }
    }

    /// <inheritdoc/>
    internal override void GeluForward(int count, float* input, float* output)
    {
        for (int i = 0; i < count; i++)
        {
            output[i] = (float)(input[i] * NormalDistribution(input[i]));
        }
    }

    /// <inheritdoc/>
    internal override void GeluBackward(int count, float* input, float* outputGradient, float* inputGradient)
    {
        for (int i = 0; i < count; i++)
        {
            double x = input[i];
            double density = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
            inputGradient[i] = (float)(outputGradient[i] * (NormalDistribution(x) + (x * density)));
        }
    }

    /// <inheritdoc/>
    internal override void TanhForward(int count, float* input, float* output)
    {
        for (int i = 0; i < count; i++)
        {
            output[i] = (float)Math.Tanh(input[i]);
        }
    }

    /// <inheritdoc/>
    internal override void TanhBackward(int count, float* output, float* outputGradient, float* inputGradient)
    {
        for (int i = 0; i < count; i++)
        {
            inputGradient[i] = outputGradient[i] * (1 - (output[i] * output[i]));
        }
    }

    /// <inheritdoc/>
    internal override void SigmoidForward(int count, float* input, float* output)
    {
        for (int i = 0; i < count; i++)
        {
            output[i] = (float)(1 / (1 + Math.Exp(-input[i])));
        }
    }

    /// <inheritdoc/>
    internal override void SigmoidBackward(int count, float* output, float* outputGradient, float* inputGradient)
    {
        for (int i = 0; i < count; i++)
        {
            inputGradient[i] = outputGradient[i] * (output[i] * (1 - output[i]));
        }
    }

    /// <inheritdoc/>
    internal override void Dropout(int count, ulong key, uint threshold, float scale, float* source, float* target)
    {
        for (int i = 0; i < count; i++)
        {
            // The upper half of the key enters between two rounds, so that two keys never give the same bits at shifted indices.
            uint bits = MixBits(MixBits((uint)i + (uint)key) ^ (uint)(key >> 32));
            target[i] = bits >> 8 < threshold ? 0 : source[i] * scale;
        }
    }

    /// <summary>A mixture of 32 bits in which each bit depends on all (Wellons, "Prospecting for Hash Functions", 2018: lowbias32).</summary>
    private static uint MixBits(uint x)
    {
        x = (x ^ (x >> 16)) * 0x7FEB352D;
        x = (x ^ (x >> 15)) * 0x846CA68B;
        return x ^ (x >> 16);
    }

    /// <summary>
    /// Φ(x), the probability that a normal variable is below x: 1/2 + φ(x) · (x + x³/3 + x⁵/(3·5) + …)
    /// (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.2.11). All terms have one sign.
    /// </summary>
    private static double NormalDistribution(double x)
    {
        // Beyond 9 it is 0 or 1 to more digits than a double has; a NaN goes through the sum.
        if (Math.Abs(x) > 9)
        {
            return x > 0 ? 1 : 0;
        }

        double sum = x;
        double term = x;
        for (int n = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); n += 2)
        {
            term *= x * x / n;
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}
