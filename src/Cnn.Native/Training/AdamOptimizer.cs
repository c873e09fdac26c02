using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Training;

/// <summary>
/// Adam with bias correction (Kingma and Ba, 2015). The moments and the number of steps last as long as the training,
/// and are part of a checkpoint.
/// </summary>
internal sealed unsafe class AdamOptimizer : IDisposable
{
    private readonly TrainingOptions _options;
    private AdamStep _step;

    /// <summary>Starts with moments of zero.</summary>
    /// <param name="options">The learning rate and the betas.</param>
    /// <param name="length">Floats of the model's parameters.</param>
    public AdamOptimizer(TrainingOptions options, long length)
    {
        _options = options;
        FirstMoment = new NativeBuffer<float>(length);
        SecondMoment = new NativeBuffer<float>(length);
    }

    /// <summary>m, laid out like the model's parameters.</summary>
    public NativeBuffer<float> FirstMoment { get; }

    /// <summary>v, laid out like the model's parameters.</summary>
    public NativeBuffer<float> SecondMoment { get; }

    /// <summary>How many steps were taken.</summary>
    public long Steps { get; set; }

    /// <summary>Counts a step and works out its corrections.</summary>
    public void BeginStep()
    {
        Steps++;
        _step = new AdamStep(
            (float)_options.LearningRate,
            (float)_options.Beta1,
            (float)_options.Beta2,
            (float)_options.Epsilon,
            (float)(1 - Math.Pow(_options.Beta1, Steps)),
            (float)(1 - Math.Pow(_options.Beta2, Steps)));
    }

    /// <summary>Updates a range of the parameters. Ranges that do not overlap can be updated at the same time.</summary>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="gradient">The gradient, laid out likewise.</param>
    /// <param name="offset">The first float.</param>
    /// <param name="length">Number of floats.</param>
    public void Update(KernelSet kernels, float* parameters, float* gradient, int offset, int length) =>
        kernels.Adam(
            length, parameters + offset, gradient + offset, FirstMoment.Pointer + offset, SecondMoment.Pointer + offset, _step);

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }
}
