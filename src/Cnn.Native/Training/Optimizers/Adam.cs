using System.Text.Json.Serialization;
using Cnn.Kernels;

namespace Cnn.Training;

/// <summary>
/// Adam with bias correction (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015). Its weight decay is added to the gradient,
/// as PyTorch's Adam does.
/// </summary>
public record Adam : Optimizer
{
    /// <summary>β₁, the share of the first moment that each step keeps; 0 ≤ β₁ &lt; 1.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, the share of the second moment that each step keeps; 0 ≤ β₂ &lt; 1.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, added to the root of the second moment; greater than 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    [JsonIgnore]
    public override OptimizerKind Kind => OptimizerKind.Adam;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double UsualLearningRate => 0.001;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> StateNames => ["adam.first", "adam.second"];

    /// <summary>Whether weight decay is decoupled from the gradient.</summary>
    private protected virtual bool IsDecoupled => false;

    /// <inheritdoc/>
    internal override OptimizerState CreateState(long length) => new AdamState(this, length);

    /// <inheritdoc/>
    internal override void Check()
    {
        base.Check();
        TrainingOptions.Require((float)Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "It must be at least 0 and, as a 32-bit number, less than 1; 0.9 is usual.");
        TrainingOptions.Require((float)Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "It must be at least 0 and, as a 32-bit number, less than 1; 0.999 is usual.");
        TrainingOptions.RequirePositiveFloat(nameof(Epsilon), Epsilon, "1e-8 is usual.");
    }

    private sealed unsafe class AdamState(Adam adam, long length) : OptimizerState(adam, length)
    {
        private AdamStep _decaying;
        private AdamStep _plain;
        private double _learningRate;

        /// <inheritdoc/>
        public override void Update(KernelSet kernels, float* parameters, float* gradient, int offset, int length, bool decays, float rateFactor)
        {
            AdamStep step = decays ? _decaying : _plain;
            step = step with { LearningRate = step.LearningRate * rateFactor };
            if (decays && adam.IsDecoupled)
            {
                step = step with { Keep = (float)(1 - (_learningRate * rateFactor * adam.WeightDecay)) };
            }

            kernels.Adam(length, parameters + offset, gradient + offset, Buffers[0].Pointer + offset, Buffers[1].Pointer + offset, step);
        }

        /// <inheritdoc/>
        protected override void Prepare(double learningRate)
        {
            _plain = new AdamStep(
                (float)learningRate,
                (float)adam.Beta1,
                (float)adam.Beta2,
                (float)adam.Epsilon,
                (float)(1 - Math.Pow(adam.Beta1, Steps)),
                (float)(1 - Math.Pow(adam.Beta2, Steps)));
            _decaying = adam.IsDecoupled ? _plain : _plain with { WeightDecay = (float)adam.WeightDecay };
            _learningRate = learningRate;
        }
    }
}
