namespace Cnn.Kernels;

/// <summary>
/// What one step of Adam needs besides the parameters (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1;
/// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2).
/// </summary>
/// <param name="LearningRate">α, the size of a step.</param>
/// <param name="Beta1">β₁, how much of the first moment is kept.</param>
/// <param name="Beta2">β₂, how much of the second moment is kept.</param>
/// <param name="Epsilon">ε, added to the root of the second moment.</param>
/// <param name="Correction1">1 − β₁ᵗ, which takes the bias of the first steps from the first moment.</param>
/// <param name="Correction2">1 − β₂ᵗ, which takes the bias of the first steps from the second moment.</param>
/// <param name="WeightDecay">λ, how much of a parameter is added to its gradient: Adam's weight decay; 0 for none.</param>
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
