namespace Cnn.Kernels;

/// <summary>What one step of stochastic gradient descent needs besides the parameters.</summary>
/// <param name="LearningRate">α, the size of a step.</param>
/// <param name="Momentum">μ, how much of the velocity is kept.</param>
/// <param name="Nesterov">Whether the step goes where the velocity will be, and not where it is.</param>
/// <param name="WeightDecay">λ, how much of a parameter is added to its gradient; 0 for none.</param>
internal readonly record struct SgdStep(float LearningRate, float Momentum, bool Nesterov, float WeightDecay);
