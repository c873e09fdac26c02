using Cnn.Kernels;
using Cnn.Memory;

namespace Cnn.Training;

/// <summary>
/// The state of an optimizer: its buffers, such as the velocity of each parameter, and how many steps it took. It lasts as long as the training
/// and is part of a checkpoint.
/// </summary>
internal abstract unsafe class OptimizerState : IDisposable
{
    /// <summary>Starts with zeros.</summary>
    /// <param name="optimizer">The settings.</param>
    /// <param name="length">Floats of the model's parameters.</param>
    protected OptimizerState(Optimizer optimizer, long length) =>
        Buffers = [.. optimizer.StateNames.Select(_ => new NativeBuffer<float>(length))];

    /// <summary>The buffers, in the order of the optimizer's <see cref="Optimizer.StateNames"/>; each laid out like the model's parameters.</summary>
    public IReadOnlyList<NativeBuffer<float>> Buffers { get; }

    /// <summary>How many steps were taken.</summary>
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
    /// <param name="gradient">The gradient, laid out in the same way.</param>
    /// <param name="offset">The first float.</param>
    /// <param name="length">Number of floats.</param>
    /// <param name="decays">Whether weight decay is for this range.</param>
    /// <param name="rateFactor">What the learning rate of the step is multiplied by for this range.</param>
    public abstract void Update(KernelSet kernels, float* parameters, float* gradient, int offset, int length, bool decays, float rateFactor);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer<float> buffer in Buffers)
        {
            buffer.Dispose();
        }
    }

    /// <summary>Works out what is the same for all parameters in this step.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    protected abstract void Prepare(double learningRate);
}
