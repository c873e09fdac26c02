using Cnn.Kernels;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// The exponential moving average of the weights over the steps (Polyak and Juditsky, "Acceleration of Stochastic Approximation by
/// Averaging", 1992; with a decay, and the first step taken whole, as PyTorch's AveragedModel). The decay rises to its value as TensorFlow's
/// ExponentialMovingAverage lets it, so the average is of the last tenth of the steps while there are few of them, and not of where the
/// training began. While a training works the model holds the weights that are trained; for a measurement, and when the training has ended
/// or was stopped, the average takes their place.
/// </summary>
internal sealed unsafe class WeightAverage : IDisposable
{
    /// <summary>After n steps the next one keeps n / (n + 9) of the average, until that is more than the decay.</summary>
    private const float Rise = 9;

    private readonly Model _model;
    private readonly float _keep;
    private readonly NativeBuffer<float> _buffer;

    /// <summary>Starts with the model as it is: the first step replaces what is trained, and what never changes stays.</summary>
    /// <param name="model">The model.</param>
    /// <param name="keep">How much of the average a step keeps at the most.</param>
    public WeightAverage(Model model, double keep)
    {
        _model = model;
        _keep = (float)keep;
        _buffer = new NativeBuffer<float>(model.ParameterBuffer.Length);
        _buffer.CopyFrom(model.ParameterBuffer);
    }

    /// <summary>Whether the model holds the average, and not the weights that are trained.</summary>
    public bool IsShown { get; private set; }

    /// <summary>The average, wherever it is.</summary>
    public NativeBuffer<float> Average => IsShown ? _model.ParameterBuffer : _buffer;

    /// <summary>The weights that are trained, wherever they are.</summary>
    public NativeBuffer<float> Trained => IsShown ? _buffer : _model.ParameterBuffer;

    /// <summary>Takes a range of the weights into the average, after their update.</summary>
    /// <param name="kernels">The kernels that run.</param>
    /// <param name="offset">The first float.</param>
    /// <param name="length">Number of floats.</param>
    /// <param name="step">The number of the step, from 1.</param>
    public void Update(KernelSet kernels, int offset, int length, long step) => kernels.MovingAverage(
        length, Math.Min(_keep, (step - 1) / (step - 1 + Rise)), _model.ParameterBuffer.Pointer + offset, _buffer.Pointer + offset);

    /// <summary>Puts the average into the model, or the weights that are trained back; nothing where they are there.</summary>
    /// <param name="isShown">Whether the model is to hold the average.</param>
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
