namespace Cnn.Kernels;

/// <summary>
/// The arguments of one Adam step besides the parameters (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1; Loshchilov and
/// Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2).
/// </summary>
/// <param name="LearningRate">α, the size of a step.</param>
/// <param name="Beta1">β₁, the share of the first moment that is kept.</param>
/// <param name="Beta2">β₂, the share of the second moment that is kept.</param>
/// <param name="Epsilon">ε, added to the root of the second moment.</param>
/// <param name="Correction1">1 − β₁ᵗ, which corrects the bias of the first moment in the first steps.</param>
/// <param name="Correction2">1 − β₂ᵗ, which corrects the bias of the second moment in the first steps.</param>
/// <param name="WeightDecay">λ, the multiple of a parameter that is added to its gradient: Adam's weight decay; 0 for none.</param>
/// <param name="Keep">1 − αλ, by which a parameter is multiplied: AdamW's weight decay; 1 for none.</param>
internal readonly record struct AdamStep(
    float LearningRate,
    float Beta1,
    float Beta2,
    float Epsilon,
    float Correction1,
    float Correction2,
    float WeightDecay = 0,
    float Keep = 1);
