namespace Cnn.Kernels;

// Elementwise functions. The output may be the input, and the input gradient may be the output gradient.
public abstract unsafe partial class KernelSet
{
    /// <summary>Leaky ReLU (Maas, Hannun and Ng, 2013): x where x is positive, slope · x elsewhere; NaN stays NaN. The output may be the input.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="slope">The slope for x below 0, from 0 to 1.</param>
    /// <param name="input">x.</param>
    /// <param name="output">x or slope · x.</param>
    internal abstract void LeakyReluForward(int count, float slope, float* input, float* output);

    /// <summary>The gradient of leaky ReLU: the slope where the output is not positive (also at x = 0). The input gradient may be the output gradient.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="slope">The slope for x below 0.</param>
    /// <param name="output">The output of <see cref="LeakyReluForward"/>: it has the sign of x.</param>
    /// <param name="outputGradient">The gradient with respect to the output.</param>
    /// <param name="inputGradient">The gradient with respect to x.</param>
    internal abstract void LeakyReluBackward(int count, float slope, float* output, float* outputGradient, float* inputGradient);

    /// <summary>ReLU that is cut at 6 (Krizhevsky, 2010; Sandler et al., "MobileNetV2", 2018), min(max(0, x), 6); NaN stays NaN. The output may be the input.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="input">x.</param>
    /// <param name="output">min(max(0, x), 6).</param>
    internal abstract void Relu6Forward(int count, float* input, float* output);

    /// <summary>The gradient of ReLU6: 0 where the output is 0 or 6 (also at x = 0 and x = 6). The input gradient may be the output gradient.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="output">What <see cref="Relu6Forward"/> wrote.</param>
    /// <param name="outputGradient">The gradient with respect to the output.</param>
    /// <param name="inputGradient">The gradient with respect to x.</param>
    internal abstract void Relu6Backward(int count, float* output, float* outputGradient, float* inputGradient);

    /// <summary>
    /// GELU (Hendrycks and Gimpel, 2016), x · Φ(x) with the exact distribution function of the normal distribution, Φ(x) = (1 + erf(x / √2)) / 2, and not a
    /// tanh approximation. The output may be the input.
    /// </summary>
    /// <param name="count">Number of values.</param>
    /// <param name="input">x.</param>
    /// <param name="output">x · Φ(x), with Φ to within 5·10⁻⁷.</param>
    internal abstract void GeluForward(int count, float* input, float* output);

    /// <summary>The gradient of GELU, Φ(x) + x · φ(x) with the density φ. The input gradient may be the output gradient.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="input">x.</param>
    /// <param name="outputGradient">The gradient with respect to the output.</param>
    /// <param name="inputGradient">The gradient with respect to x.</param>
    internal abstract void GeluBackward(int count, float* input, float* outputGradient, float* inputGradient);

    /// <summary>The hyperbolic tangent. The output may be the input.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="input">x.</param>
    /// <param name="output">tanh x, to within 5·10⁻⁷ of itself.</param>
    internal abstract void TanhForward(int count, float* input, float* output);

    /// <summary>The gradient of the hyperbolic tangent y, 1 − y². The input gradient may be the output gradient.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="output">The output of <see cref="TanhForward"/>.</param>
    /// <param name="outputGradient">The gradient with respect to the output.</param>
    /// <param name="inputGradient">The gradient with respect to x.</param>
    internal abstract void TanhBackward(int count, float* output, float* outputGradient, float* inputGradient);

    /// <summary>The logistic function, 1 / (1 + e^−x). The output may be the input.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="input">x.</param>
    /// <param name="output">1 / (1 + e^−x), to within 5·10⁻⁷ of itself; 0 where that is below 10⁻³⁷.</param>
    internal abstract void SigmoidForward(int count, float* input, float* output);

    /// <summary>The gradient of the logistic function y, y · (1 − y). The input gradient may be the output gradient.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="output">The output of <see cref="SigmoidForward"/>.</param>
    /// <param name="outputGradient">The gradient with respect to the output.</param>
    /// <param name="inputGradient">The gradient with respect to x.</param>
    internal abstract void SigmoidBackward(int count, float* output, float* outputGradient, float* inputGradient);

    /// <summary>
    /// Inverted dropout (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014): value i is either kept and multiplied by the scale, or set to 0.
    /// The choice depends only on the key and i, so the same call with a gradient is the backward pass. The target may be the source.
    /// </summary>
    /// <param name="count">Number of values.</param>
    /// <param name="key">64 random bits.</param>
    /// <param name="threshold">A value is dropped if 24 bits that are mixed from the key and i are below this: rate · 2²⁴.</param>
    /// <param name="scale">The factor of the values that are kept: 1 / (1 − rate).</param>
    /// <param name="source">The values, or their gradient.</param>
    /// <param name="target">0, or value · scale.</param>
    internal abstract void Dropout(int count, ulong key, uint threshold, float scale, float* source, float* target);
}
