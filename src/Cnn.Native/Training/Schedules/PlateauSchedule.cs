using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>
/// The rate falls when the validation loss has not improved for some epochs, as with PyTorch's ReduceLROnPlateau: a loss is better if it is lower by more
/// than one part in 10,000, and the count starts again when the rate has fallen. Early stopping by the same loss may come before it.
/// </summary>
public sealed record PlateauSchedule : WarmupSchedule
{
    /// <summary>A loss is better if it is below this share of the best one.</summary>
    private const double Better = 1 - 1e-4;

    /// <summary>The number of epochs without a better loss that are tolerated; with the next one the rate falls. At least 0.</summary>
    public int PlateauEpochs { get; init; } = 2;

    /// <summary>The factor by which the rate is then multiplied; between 0 and 1.</summary>
    public double LearningRateDecay { get; init; } = 0.1;

    /// <summary>The lower limit of the rate; at least 0 and at most the learning rate.</summary>
    public double FinalLearningRate { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override ScheduleKind Kind => ScheduleKind.Plateau;

    /// <inheritdoc/>
    [JsonIgnore]
    internal override bool NeedsValidation => true;

    /// <inheritdoc/>
    internal override void Check(double learningRate, int epochs)
    {
        base.Check(learningRate, epochs);
        RequireDecay(LearningRateDecay, 0.1);
        RequireFinal(FinalLearningRate, learningRate);
        TrainingOptions.Require(PlateauEpochs >= 0, nameof(PlateauEpochs), PlateauEpochs, "It must be at least 0; 2 is a good start.");
        RequireLength(
            PlateauEpochs <= epochs - 3, nameof(PlateauEpochs), PlateauEpochs, epochs,
            "The rate could never fall: one epoch sets the best loss, one more than PlateauEpochs are no better, and one is left to use the lower rate. "
            + "Use fewer PlateauEpochs, or more Epochs.");
    }

    /// <inheritdoc/>
    private protected override double AfterWarmup(double learningRate, long step, long steps, int stepsPerEpoch, IReadOnlyList<EpochRecord> finished)
    {
        double best = double.PositiveInfinity;
        int worse = 0;
        double rate = learningRate;
        for (int i = 0; i < finished.Count; i++)
        {
            if (finished[i].ValidationLoss < best * Better)
            {
                best = finished[i].ValidationLoss!.Value;
                worse = 0;
            }
            else if (++worse > PlateauEpochs)
            {
                rate = Math.Max(rate * LearningRateDecay, FinalLearningRate);
                worse = 0;
            }
        }

        return rate;
    }
}
