using System.Text.Json.Serialization;
using Cnn.Kernels;

namespace Cnn.Training;

/// <summary>
/// Stochastic gradient descent with momentum (Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning", 2013;
/// the formula is PyTorch's, in which the velocity does not contain the learning rate).
/// </summary>
public sealed record Sgd : Optimizer
{
    /// <summary>μ, the share of the velocity that each step keeps; 0 ≤ μ &lt; 1, and 0 for plain gradient descent.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether the step looks ahead along the velocity (Nesterov); it needs a momentum.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override OptimizerKind Kind => OptimizerKind.Sgd;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double UsualLearningRate => 0.01;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> StateNames => ["sgd.velocity"];

    /// <inheritdoc/>
    internal override OptimizerState CreateState(long length) => new SgdState(this, length);

    /// <inheritdoc/>
    internal override void Check()
    {
        base.Check();
        TrainingOptions.Require((float)Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "It must be at least 0 and, as a 32-bit number, less than 1; 0.9 is usual.");
        TrainingOptions.Require(!Nesterov || Momentum > 0, nameof(Nesterov), Nesterov, "It needs a Momentum greater than 0, as it looks ahead along the velocity; 0.9 is usual.");
    }

    private sealed unsafe class SgdState(Sgd sgd, long length) : OptimizerState(sgd, length)
    {
        private SgdStep _decaying;
        private SgdStep _plain;

        /// <inheritdoc/>
        public override void Update(KernelSet kernels, float* parameters, float* gradient, int offset, int length, bool decays, float rateFactor)
        {
            SgdStep step = decays ? _decaying : _plain;
            kernels.Sgd(length, parameters + offset, gradient + offset, Buffers[0].Pointer + offset, step with { LearningRate = step.LearningRate * rateFactor });
        }

        /// <inheritdoc/>
        protected override void Prepare(double learningRate)
        {
            _plain = new SgdStep((float)learningRate, (float)sgd.Momentum, sgd.Nesterov, 0);
            _decaying = _plain with { WeightDecay = (float)sgd.WeightDecay };
        }
    }
}
