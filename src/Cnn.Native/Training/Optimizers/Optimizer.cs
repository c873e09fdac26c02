using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>
/// How a gradient becomes a step: the settings of an optimizer, data that can be printed, copied and changed.
/// What it keeps from step to step is in an <see cref="OptimizerState"/>.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Adam), "adam")]
[JsonDerivedType(typeof(AdamW), "adamw")]
[JsonDerivedType(typeof(Sgd), "sgd")]
[JsonDerivedType(typeof(RmsProp), "rmsprop")]
public abstract record Optimizer
{
    /// <summary>
    /// λ, how strongly each step draws the weights towards 0; at least 0, and 0 for not at all. It is added to the gradient as λ times the
    /// weight, except in <see cref="AdamW"/>.
    /// </summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// Whether biases and the parameters of normalisation decay too. They are left out otherwise: there are too few of them to overfit,
    /// and drawn to 0 they only hinder.
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

    /// <summary>Makes the state that a training begins with.</summary>
    /// <param name="length">Floats of the model's parameters.</param>
    /// <returns>The state.</returns>
    internal abstract OptimizerState CreateState(long length);

    /// <summary>Checks every setting.</summary>
    /// <exception cref="CnnException"><c>TrainingOption</c>: a setting is out of its range.</exception>
    internal virtual void Check() => TrainingOptions.Require(
        WeightDecay >= 0 && float.IsFinite((float)WeightDecay), nameof(WeightDecay), WeightDecay, "It is at least 0, and finite as a 32-bit number; 1e-4 is a good start, for AdamW 0.01.");
}
