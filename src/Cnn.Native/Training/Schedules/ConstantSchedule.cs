using System.Text.Json.Serialization;

namespace Cnn.Training;

/// <summary>The same rate in every step.</summary>
public sealed record ConstantSchedule : WarmupSchedule
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override ScheduleKind Kind => ScheduleKind.Constant;

    /// <inheritdoc/>
    private protected override double AfterWarmup(double learningRate, long step, long steps, int stepsPerEpoch, IReadOnlyList<EpochRecord> finished) => learningRate;
}
