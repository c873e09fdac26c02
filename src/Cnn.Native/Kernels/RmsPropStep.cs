namespace Cnn.Kernels;

/// <summary>What one step of RMSprop needs besides the parameters.</summary>
/// <param name="LearningRate">α, the size of a step.</param>
/// <param name="Smoothing">ρ, how much of the mean of the squares is kept.</param>
/// <param name="Epsilon">ε, added to the root of that mean.</param>
/// <param name="Momentum">μ, how much of the velocity is kept.</param>
/// <param name="WeightDecay">λ, how much of a parameter is added to its gradient; 0 for none.</param>
internal readonly record struct RmsPropStep(float LearningRate, float Smoothing, float Epsilon, float Momentum, float WeightDecay);
