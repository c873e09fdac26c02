using Cnn.Evaluation;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// The parameters after the epoch with the least validation loss, and what was measured there. They are kept wherever epochs are
/// validated, so that a training that goes on with a patience can restore an epoch from before.
/// </summary>
internal sealed class BestEpoch : IDisposable
{
    private readonly Model _model;

    /// <summary>Asks for the memory.</summary>
    /// <param name="model">The model that is trained.</param>
    public BestEpoch(Model model)
    {
        _model = model;
        Other = new NativeBuffer<float>(model.ParameterBuffer.Length);
    }

    /// <summary>The measurement; null where there is no best epoch yet.</summary>
    public AccuracyReport? Report { get; set; }

    /// <summary>The best parameters; when they were restored, the latest ones. Laid out like the model's.</summary>
    public NativeBuffer<float> Other { get; }

    /// <summary>Whether the model has the best parameters now.</summary>
    public bool IsRestored { get; private set; }

    /// <summary>The parameters that training goes on from, wherever they are.</summary>
    public NativeBuffer<float> Latest => IsRestored ? Other : _model.ParameterBuffer;

    /// <summary>The best parameters, wherever they are.</summary>
    public NativeBuffer<float> Best => IsRestored ? _model.ParameterBuffer : Other;

    /// <summary>Takes the model as it is for the best one.</summary>
    /// <param name="report">What was measured.</param>
    public void Keep(AccuracyReport report)
    {
        Report = report;
        lock (_model.Gate)
        {
            Other.CopyFrom(_model.ParameterBuffer);
        }
    }

    /// <summary>Gives the model the best parameters; the latest ones are kept, as a checkpoint needs them.</summary>
    public void Restore()
    {
        if (IsRestored)
        {
            return;
        }

        lock (_model.Gate)
        {
            _model.ParameterBuffer.Swap(Other);
            IsRestored = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Other.Dispose();
}
