using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Training;

/// <summary>
/// The state of an optimizer: its buffers, such as the velocity of each parameter, and the number of steps taken. It exists as long as the training and is
/// part of a checkpoint.
/// </summary>
internal abstract unsafe class OptimizerState : IDisposable
{
    /// <summary>Starts with zeros.</summary>
    /// <param name="optimizer">The settings.</param>
    /// <param name="length">Floats of the model's parameters.</param>
    protected OptimizerState(Optimizer optimizer, long length) =>
        Buffers = [.. optimizer.StateNames.Select(_ => new NativeBuffer<float>(length))];

    /// <summary>The buffers, in the order of the optimizer's <see cref="Optimizer.StateNames"/>; each in the layout of the model's parameters.</summary>
    public IReadOnlyList<NativeBuffer<float>> Buffers { get; }

    /// <summary>The number of steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>Counts a step.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    public void BeginStep(double learningRate)
    {
        Steps++;
        Prepare(learningRate);
    }

    /// <summary>Updates a range of the parameters. Ranges that do not overlap can be updated at the same time.</summary>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="gradient">The gradient, in the same layout.</param>
    /// <param name="offset">The first float.</param>
    /// <param name="length">Number of floats.</param>
    /// <param name="decays">Whether weight decay applies to this range.</param>
    /// <param name="rateFactor">The factor of the learning rate for this range.</param>
    public abstract void Update(KernelSet kernels, float* parameters, float* gradient, int offset, int length, bool decays, float rateFactor);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer<float> buffer in Buffers)
        {
            buffer.Dispose();
        }
    }

    /// <summary>Computes the values that are the same for all parameters in this step.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    protected abstract void Prepare(double learningRate);
}
