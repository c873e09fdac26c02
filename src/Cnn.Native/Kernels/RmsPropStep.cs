namespace Cnn.Kernels;

/// <summary>The arguments of one RMSprop step besides the parameters.</summary>
/// <param name="LearningRate">α, the size of a step.</param>
/// <param name="Smoothing">ρ, the share of the mean of the squares that is kept.</param>
/// <param name="Epsilon">ε, added to the root of that mean.</param>
/// <param name="Momentum">μ, the share of the velocity that is kept.</param>
/// <param name="WeightDecay">λ, the multiple of a parameter that is added to its gradient; 0 for none.</param>
internal readonly record struct RmsPropStep(float LearningRate, float Smoothing, float Epsilon, float Momentum, float WeightDecay);
