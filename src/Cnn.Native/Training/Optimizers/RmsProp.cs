using System.Text.Json.Serialization;
using Cnn.Kernels;

namespace Cnn.Training;

/// <summary>
/// RMSprop: steps in proportion to the gradient over the root of the mean of its squares (Hinton, "Neural Networks for Machine Learning",
/// lecture 6e, 2012; the formula is PyTorch's).
/// </summary>
public sealed record RmsProp : Optimizer
{
    /// <summary>ρ, the share of the mean of the squares that each step keeps; 0 ≤ ρ &lt; 1. PyTorch calls it alpha.</summary>
    public double Smoothing { get; init; } = 0.99;

    /// <summary>ε, added to the root of that mean; greater than 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>μ, the share of the velocity that each step keeps; 0 ≤ μ &lt; 1, and 0 for none.</summary>
    public double Momentum { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override OptimizerKind Kind => OptimizerKind.RmsProp;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double UsualLearningRate => 0.001;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> StateNames => ["rmsprop.square", "rmsprop.velocity"];

    /// <inheritdoc/>
    internal override OptimizerState CreateState(long length) => new RmsPropState(this, length);

    /// <inheritdoc/>
    internal override void Check()
    {
        base.Check();
        TrainingOptions.Require((float)Smoothing is >= 0 and < 1, nameof(Smoothing), Smoothing, "It must be at least 0 and, as a 32-bit number, less than 1; 0.99 is usual.");
        TrainingOptions.RequirePositiveFloat(nameof(Epsilon), Epsilon, "1e-8 is usual.");
        TrainingOptions.Require((float)Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "It must be at least 0 and, as a 32-bit number, less than 1; 0 and 0.9 are usual.");
    }

    private sealed unsafe class RmsPropState(RmsProp rmsProp, long length) : OptimizerState(rmsProp, length)
    {
        private RmsPropStep _decaying;
        private RmsPropStep _plain;

        /// <inheritdoc/>
        public override void Update(KernelSet kernels, float* parameters, float* gradient, int offset, int length, bool decays, float rateFactor)
        {
            RmsPropStep step = decays ? _decaying : _plain;
            kernels.RmsProp(
                length, parameters + offset, gradient + offset, Buffers[0].Pointer + offset, Buffers[1].Pointer + offset, step with { LearningRate = step.LearningRate * rateFactor });
        }

        /// <inheritdoc/>
        protected override void Prepare(double learningRate)
        {
            _plain = new RmsPropStep((float)learningRate, (float)rmsProp.Smoothing, (float)rmsProp.Epsilon, (float)rmsProp.Momentum, 0);
            _decaying = _plain with { WeightDecay = (float)rmsProp.WeightDecay };
        }
    }
}
