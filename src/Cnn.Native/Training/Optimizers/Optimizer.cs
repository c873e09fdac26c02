using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>
/// An optimizer: its settings, data that can be printed, copied and changed. Its state is an <see cref="OptimizerState"/>.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Adam), "adam")]
[JsonDerivedType(typeof(AdamW), "adamw")]
[JsonDerivedType(typeof(Sgd), "sgd")]
[JsonDerivedType(typeof(RmsProp), "rmsprop")]
public abstract record Optimizer
{
    /// <summary>
    /// λ, how strongly each step shrinks the weights towards 0; at least 0, and 0 for none. λ times the weight is added to the gradient, except in
    /// <see cref="AdamW"/>.
    /// </summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// Whether biases and the parameters of normalisation decay too. They are left out by default: there are too few of them to overfit, and shrinking them
    /// to 0 only hinders learning.
    /// </summary>
    public bool DecayAll { get; init; }

    /// <summary>Which optimizer this is.</summary>
    [JsonIgnore]
    public abstract OptimizerKind Kind { get; }

    /// <summary>The learning rate of a training that sets none.</summary>
    [JsonIgnore]
    public abstract double UsualLearningRate { get; }

    /// <summary>The names of the state's buffers in a checkpoint.</summary>
    [JsonIgnore]
    internal abstract IReadOnlyList<string> StateNames { get; }

    /// <summary>The optimizer of a name, with its usual settings.</summary>
    /// <param name="kind">The name.</param>
    /// <returns>The optimizer.</returns>
    public static Optimizer Create(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adam => new Adam(),
        OptimizerKind.AdamW => new AdamW(),
        OptimizerKind.Sgd => new Sgd(),
        OptimizerKind.RmsProp => new RmsProp(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Makes the initial state of a training.</summary>
    /// <param name="length">Floats of the model's parameters.</param>
    /// <returns>The state.</returns>
    internal abstract OptimizerState CreateState(long length);

    /// <summary>Checks every setting.</summary>
    /// <exception cref="CnnException"><c>TrainingOption</c>: a setting is out of range.</exception>
    internal virtual void Check() => TrainingOptions.Require(
        WeightDecay >= 0 && float.IsFinite((float)WeightDecay), nameof(WeightDecay), WeightDecay, "It must be at least 0, and finite as a 32-bit number; 1e-4 is a good start, for AdamW 0.01.");
}
