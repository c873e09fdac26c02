namespace Cnn.Kernels;

// The kernels of the optimizers: each makes one pass over a range of the parameters and of their state.
public abstract unsafe partial class KernelSet
{
    /// <summary>
    /// One step of Adam with bias correction (Kingma and Ba, 2015, algorithm 1), or of AdamW (Loshchilov and Hutter, 2019, algorithm 2):
    /// parameters and both moments are updated.
    /// </summary>
    /// <param name="count">Number of parameters.</param>
    /// <param name="parameters">θ.</param>
    /// <param name="gradient">g.</param>
    /// <param name="firstMoment">m.</param>
    /// <param name="secondMoment">v.</param>
    /// <param name="step">The settings and corrections of this step.</param>
    internal abstract void Adam(int count, float* parameters, float* gradient, float* firstMoment, float* secondMoment, in AdamStep step);

    /// <summary>
    /// One step of stochastic gradient descent with momentum, as in PyTorch: d = g + λθ; v = μv + d; θ −= α·v, or with Nesterov's
    /// look ahead θ −= α·(d + μv) (Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning", 2013).
    /// </summary>
    /// <param name="count">Number of parameters.</param>
    /// <param name="parameters">θ.</param>
    /// <param name="gradient">g.</param>
    /// <param name="velocity">v.</param>
    /// <param name="step">The settings of this step.</param>
    internal abstract void Sgd(int count, float* parameters, float* gradient, float* velocity, in SgdStep step);

    /// <summary>
    /// One step of RMSprop (Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012), as in PyTorch: d = g + λθ;
    /// s = ρs + (1 − ρ)d²; v = μv + d / (√s + ε); θ −= α·v.
    /// </summary>
    /// <param name="count">Number of parameters.</param>
    /// <param name="parameters">θ.</param>
    /// <param name="gradient">g.</param>
    /// <param name="meanSquare">s.</param>
    /// <param name="velocity">v.</param>
    /// <param name="step">The settings of this step.</param>
    internal abstract void RmsProp(int count, float* parameters, float* gradient, float* meanSquare, float* velocity, in RmsPropStep step);

    /// <summary>The sum of the squares of some values.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="values">The values.</param>
    /// <param name="sum">One float: the sum.</param>
    internal abstract void SumOfSquares(int count, float* values, float* sum);

    /// <summary>values *= factor.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="values">The values to multiply.</param>
    internal abstract void Scale(int count, float factor, float* values);

    /// <summary>average = keep·average + (1 − keep)·values.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="keep">The share of the average that is kept, 0 to 1.</param>
    /// <param name="values">The values.</param>
    /// <param name="average">Their moving average.</param>
    internal abstract void MovingAverage(int count, float keep, float* values, float* average);
}
