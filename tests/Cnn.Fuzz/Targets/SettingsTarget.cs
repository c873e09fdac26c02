using System.Text.Json;
using Cnn.Data;
using Cnn.Serialization;
using Cnn.Training;

namespace Cnn.Fuzz.Targets;

/// <summary>Settings of a training as they stand in a checkpoint. Those that are in their ranges make learning rates.</summary>
internal sealed class SettingsTarget : TextTarget
{
    private const int StepsPerEpoch = 7;

    /// <inheritdoc/>
    protected override bool Accepts(string text)
    {
        TrainingOptions options;
        try
        {
            options = StrictJson.Read<TrainingOptions>(text);
        }
        catch (JsonException)
        {
            return false;
        }

        options.Check();
        double start = options.LearningRate ?? options.Optimizer.UsualLearningRate;
        int last = (int)Math.Min(((long)options.Epochs * StepsPerEpoch) - 1, int.MaxValue);
        foreach (int step in new[] { 0, 1, last / 2, last })
        {
            double rate = options.Schedule.LearningRate(start, step, StepsPerEpoch, options.Epochs, []);
            if (!(rate >= 0 && double.IsFinite(rate)))
            {
                throw new InvalidOperationException($"The learning rate of step {step} is {rate}.");
            }
        }

        return true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Texts()
    {
        Optimizer[] optimizers = [new Adam(), new AdamW { WeightDecay = 0.01, DecayAll = true }, new Sgd(), new RmsProp()];
        Schedule[] schedules =
        [
            new ConstantSchedule(), new StepSchedule(), new ExponentialSchedule(), new CosineSchedule { WarmupEpochs = 0.5 }, new OneCycleSchedule(), new PlateauSchedule(),
        ];
        return schedules.Select((schedule, index) => StrictJson.Write(new TrainingOptions
        {
            Epochs = 40,
            Optimizer = optimizers[index % optimizers.Length],
            Schedule = schedule,
            LearningRate = 0.01,
            Seed = (ulong)index,
            Augmentation = index % 2 == 0 ? Augmentation.Parse("shift 2, elastic 34/4") : null,
        }));
    }
}
