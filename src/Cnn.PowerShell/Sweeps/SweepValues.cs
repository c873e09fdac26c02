using System.Collections;
using System.Collections.Specialized;

namespace Cnn.PowerShell;

/// <summary>
/// The table that New-CnnSweep takes: values, a list of them or a range, by parameter name. PowerShell offers the properties when Tab is pressed within <c>@{
/// … }</c>; names of layer settings, <c>Convolution1Filters</c>, are accepted too.
/// </summary>
public sealed class SweepValues : OrderedDictionary
{
    /// <summary>An empty table.</summary>
    public SweepValues()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }

    /// <summary>Takes over a table: an ordered one keeps its order; a hashtable, which has none, is sorted by name.</summary>
    /// <param name="table">The table.</param>
    public SweepValues(IDictionary table)
        : this()
    {
        ArgumentNullException.ThrowIfNull(table);
        IEnumerable<object> names = table.Keys.Cast<object>();
        foreach (object name in table is IOrderedDictionary ? names : names.OrderBy(key => $"{key}", StringComparer.OrdinalIgnoreCase))
        {
            this[$"{name}"] = table[name];
        }
    }

    /// <summary>What -Augmentation of Invoke-CnnTraining takes.</summary>
    public object? Augmentation
    {
        get => this[nameof(Augmentation)];
        set => this[nameof(Augmentation)] = value;
    }

    /// <summary>What -Optimizer of Invoke-CnnTraining takes.</summary>
    public object? Optimizer
    {
        get => this[nameof(Optimizer)];
        set => this[nameof(Optimizer)] = value;
    }

    /// <summary>What -LearningRate of Invoke-CnnTraining takes.</summary>
    public object? LearningRate
    {
        get => this[nameof(LearningRate)];
        set => this[nameof(LearningRate)] = value;
    }

    /// <summary>What -Beta1 of Invoke-CnnTraining takes.</summary>
    public object? Beta1
    {
        get => this[nameof(Beta1)];
        set => this[nameof(Beta1)] = value;
    }

    /// <summary>What -Beta2 of Invoke-CnnTraining takes.</summary>
    public object? Beta2
    {
        get => this[nameof(Beta2)];
        set => this[nameof(Beta2)] = value;
    }

    /// <summary>What -Epsilon of Invoke-CnnTraining takes.</summary>
    public object? Epsilon
    {
        get => this[nameof(Epsilon)];
        set => this[nameof(Epsilon)] = value;
    }

    /// <summary>What -Momentum of Invoke-CnnTraining takes.</summary>
    public object? Momentum
    {
        get => this[nameof(Momentum)];
        set => this[nameof(Momentum)] = value;
    }

    /// <summary>What -Nesterov of Invoke-CnnTraining takes.</summary>
    public object? Nesterov
    {
        get => this[nameof(Nesterov)];
        set => this[nameof(Nesterov)] = value;
    }

    /// <summary>What -Smoothing of Invoke-CnnTraining takes.</summary>
    public object? Smoothing
    {
        get => this[nameof(Smoothing)];
        set => this[nameof(Smoothing)] = value;
    }

    /// <summary>What -WeightDecay of Invoke-CnnTraining takes.</summary>
    public object? WeightDecay
    {
        get => this[nameof(WeightDecay)];
        set => this[nameof(WeightDecay)] = value;
    }

    /// <summary>What -DecayAll of Invoke-CnnTraining takes.</summary>
    public object? DecayAll
    {
        get => this[nameof(DecayAll)];
        set => this[nameof(DecayAll)] = value;
    }

    /// <summary>What -Schedule of Invoke-CnnTraining takes.</summary>
    public object? Schedule
    {
        get => this[nameof(Schedule)];
        set => this[nameof(Schedule)] = value;
    }

    /// <summary>What -WarmupEpochs of Invoke-CnnTraining takes.</summary>
    public object? WarmupEpochs
    {
        get => this[nameof(WarmupEpochs)];
        set => this[nameof(WarmupEpochs)] = value;
    }

    /// <summary>What -StepEpochs of Invoke-CnnTraining takes.</summary>
    public object? StepEpochs
    {
        get => this[nameof(StepEpochs)];
        set => this[nameof(StepEpochs)] = value;
    }

    /// <summary>What -PlateauEpochs of Invoke-CnnTraining takes.</summary>
    public object? PlateauEpochs
    {
        get => this[nameof(PlateauEpochs)];
        set => this[nameof(PlateauEpochs)] = value;
    }

    /// <summary>What -LearningRateDecay of Invoke-CnnTraining takes.</summary>
    public object? LearningRateDecay
    {
        get => this[nameof(LearningRateDecay)];
        set => this[nameof(LearningRateDecay)] = value;
    }

    /// <summary>What -FinalLearningRate of Invoke-CnnTraining takes.</summary>
    public object? FinalLearningRate
    {
        get => this[nameof(FinalLearningRate)];
        set => this[nameof(FinalLearningRate)] = value;
    }

    /// <summary>What -ClipNorm of Invoke-CnnTraining takes.</summary>
    public object? ClipNorm
    {
        get => this[nameof(ClipNorm)];
        set => this[nameof(ClipNorm)] = value;
    }

    /// <summary>What -LabelSmoothing of Invoke-CnnTraining takes.</summary>
    public object? LabelSmoothing
    {
        get => this[nameof(LabelSmoothing)];
        set => this[nameof(LabelSmoothing)] = value;
    }

    /// <summary>What -LearningRateFactor of Invoke-CnnTraining takes.</summary>
    public object? LearningRateFactor
    {
        get => this[nameof(LearningRateFactor)];
        set => this[nameof(LearningRateFactor)] = value;
    }

    /// <summary>What -AccumulationSteps of Invoke-CnnTraining takes.</summary>
    public object? AccumulationSteps
    {
        get => this[nameof(AccumulationSteps)];
        set => this[nameof(AccumulationSteps)] = value;
    }

    /// <summary>What -MixUp of Invoke-CnnTraining takes.</summary>
    public object? MixUp
    {
        get => this[nameof(MixUp)];
        set => this[nameof(MixUp)] = value;
    }

    /// <summary>What -CutMix of Invoke-CnnTraining takes.</summary>
    public object? CutMix
    {
        get => this[nameof(CutMix)];
        set => this[nameof(CutMix)] = value;
    }

    /// <summary>What -ClassWeight of Invoke-CnnTraining takes.</summary>
    public object? ClassWeight
    {
        get => this[nameof(ClassWeight)];
        set => this[nameof(ClassWeight)] = value;
    }

    /// <summary>What -Sampling of Invoke-CnnTraining takes.</summary>
    public object? Sampling
    {
        get => this[nameof(Sampling)];
        set => this[nameof(Sampling)] = value;
    }

    /// <summary>What -WeightAveraging of Invoke-CnnTraining takes.</summary>
    public object? WeightAveraging
    {
        get => this[nameof(WeightAveraging)];
        set => this[nameof(WeightAveraging)] = value;
    }

    /// <summary>What -TrainFrom of Invoke-CnnTraining takes.</summary>
    public object? TrainFrom
    {
        get => this[nameof(TrainFrom)];
        set => this[nameof(TrainFrom)] = value;
    }

    /// <summary>What -Initialization of Invoke-CnnTraining takes.</summary>
    public object? Initialization
    {
        get => this[nameof(Initialization)];
        set => this[nameof(Initialization)] = value;
    }

    /// <summary>What -Epochs of Invoke-CnnTraining takes.</summary>
    public object? Epochs
    {
        get => this[nameof(Epochs)];
        set => this[nameof(Epochs)] = value;
    }

    /// <summary>What -BatchSize of Invoke-CnnTraining takes.</summary>
    public object? BatchSize
    {
        get => this[nameof(BatchSize)];
        set => this[nameof(BatchSize)] = value;
    }

    /// <summary>What -Threads of Invoke-CnnTraining takes.</summary>
    public object? Threads
    {
        get => this[nameof(Threads)];
        set => this[nameof(Threads)] = value;
    }

    /// <summary>What -Patience of Invoke-CnnTraining takes.</summary>
    public object? Patience
    {
        get => this[nameof(Patience)];
        set => this[nameof(Patience)] = value;
    }

    /// <summary>What -TargetAccuracy of Invoke-CnnTraining takes.</summary>
    public object? TargetAccuracy
    {
        get => this[nameof(TargetAccuracy)];
        set => this[nameof(TargetAccuracy)] = value;
    }
}
