using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>
/// Adam with decoupled weight decay: each step multiplies a weight by 1 − αλ, with α the learning rate of the step (Loshchilov and Hutter, "Decoupled Weight
/// Decay Regularization", 2019, as in PyTorch's AdamW).
/// </summary>
public sealed record AdamW : Adam
{
    /// <summary>Starts with the usual weight decay of AdamW.</summary>
    public AdamW() => WeightDecay = 0.01;

    /// <inheritdoc/>
    [JsonIgnore]
    public override OptimizerKind Kind => OptimizerKind.AdamW;

    /// <inheritdoc/>
    private protected override bool IsDecoupled => true;
}
