using Cnn.Evaluation;
using Cnn.Memory;
using Cnn.Models;

namespace Cnn.Training;

/// <summary>
/// The parameters after the epoch with the lowest validation loss, and its measurement. They are kept whenever epochs are validated, so that a training that
/// is resumed with a patience can restore an earlier epoch.
/// </summary>
internal sealed class BestEpoch : IDisposable
{
    private readonly Model _model;

    /// <summary>Allocates the memory.</summary>
    /// <param name="model">The model that is trained.</param>
    public BestEpoch(Model model)
    {
        _model = model;
        Other = new NativeBuffer<float>(model.ParameterBuffer.Length);
    }

    /// <summary>The measurement; null if there is no best epoch yet.</summary>
    public AccuracyReport? Report { get; set; }

    /// <summary>The best parameters; after they were restored, the latest ones. In the layout of the model's parameters.</summary>
    public NativeBuffer<float> Other { get; }

    /// <summary>Whether the model has the best parameters now.</summary>
    public bool IsRestored { get; private set; }

    /// <summary>The parameters that training continues from, wherever they are stored.</summary>
    public NativeBuffer<float> Latest => IsRestored ? Other : _model.ParameterBuffer;

    /// <summary>The best parameters, wherever they are stored.</summary>
    public NativeBuffer<float> Best => IsRestored ? _model.ParameterBuffer : Other;

    /// <summary>Records the current model as the best one.</summary>
    /// <param name="report">The report.</param>
    public void Keep(AccuracyReport report)
    {
        Report = report;
        lock (_model.Gate)
        {
            Other.CopyFrom(_model.ParameterBuffer);
        }
    }

    /// <summary>Restores the best parameters in the model; the latest ones are kept, because a checkpoint needs them.</summary>
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
