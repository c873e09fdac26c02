using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// The exponential moving average of the weights over the steps (Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; with a
/// decay, and the first step taken completely, as in PyTorch's AveragedModel). The decay rises to its final value as in TensorFlow's
/// ExponentialMovingAverage, so while there are few steps, the average is over the last tenth of them, and not over the beginning of the training. While a
/// training works, the model contains the trained weights; for a measurement, and when the training has ended or was stopped, the average replaces them.
/// </summary>
internal sealed unsafe class WeightAverage : IDisposable
{
    /// <summary>After n steps, the next one keeps n / (n + 9) of the average, until that exceeds the decay.</summary>
    private const float Rise = 9;

    private readonly Model _model;
    private readonly float _keep;
    private readonly NativeBuffer<float> _buffer;

    /// <summary>Starts with the current model: the first step replaces the trained parameters, and those that never change stay.</summary>
    /// <param name="model">The model.</param>
    /// <param name="keep">The largest share of the average that a step keeps.</param>
    public WeightAverage(Model model, double keep)
    {
        _model = model;
        _keep = (float)keep;
        _buffer = new NativeBuffer<float>(model.ParameterBuffer.Length);
        _buffer.CopyFrom(model.ParameterBuffer);
    }

    /// <summary>Whether the model contains the average instead of the trained weights.</summary>
    public bool IsShown { get; private set; }

    /// <summary>The average, wherever it is stored.</summary>
    public NativeBuffer<float> Average => IsShown ? _model.ParameterBuffer : _buffer;

    /// <summary>The trained weights, wherever they are stored.</summary>
    public NativeBuffer<float> Trained => IsShown ? _buffer : _model.ParameterBuffer;

    /// <summary>Adds a range of the weights to the average, after their update.</summary>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="offset">The first float.</param>
    /// <param name="length">Number of floats.</param>
    /// <param name="step">The number of the step, from 1.</param>
    public void Update(KernelSet kernels, int offset, int length, long step) => kernels.MovingAverage(
        length, Math.Min(_keep, (step - 1) / (step - 1 + Rise)), _model.ParameterBuffer.Pointer + offset, _buffer.Pointer + offset);

    /// <summary>Moves the average, or the trained weights, into the model; does nothing if they are already there.</summary>
    /// <param name="isShown">Whether the model should contain the average.</param>
    public void Show(bool isShown)
    {
        if (IsShown == isShown)
        {
            return;
        }

        lock (_model.Gate)
        {
            IsShown = isShown;
            _model.ParameterBuffer.Swap(_buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
