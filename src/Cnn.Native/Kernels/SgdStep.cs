namespace Cnn.Kernels;

/// <summary>The arguments of one step of stochastic gradient descent besides the parameters.</summary>
/// <param name="LearningRate">α, the size of a step.</param>
/// <param name="Momentum">μ, the share of the velocity that is kept.</param>
/// <param name="Nesterov">Whether the step uses the velocity after the update instead of the current one (Nesterov).</param>
/// <param name="WeightDecay">λ, the multiple of a parameter that is added to its gradient; 0 for none.</param>
internal readonly record struct SgdStep(float LearningRate, float Momentum, bool Nesterov, float WeightDecay);
