using System.Management.Automation;
using Cnn.Data;
using Cnn.Models;
using Cnn.Presets;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>
/// Settings of a training by the names of the parameters of Invoke-CnnTraining: those that were passed to the cmdlet, or those of a trial. Other settings
/// keep their values.
/// </summary>
internal sealed class GivenSettings
{
    private static readonly NamedSetting<Optimizer>[] OptimizerSettings =
    [
        NamedSetting<Optimizer>.Of(nameof(Adam.Beta1), (Adam adam, double value) => adam with { Beta1 = value }),
        NamedSetting<Optimizer>.Of(nameof(Adam.Beta2), (Adam adam, double value) => adam with { Beta2 = value }),
        NamedSetting<Optimizer>.Of(nameof(Adam.Epsilon), (Adam adam, double value) => adam with { Epsilon = value }),
        NamedSetting<Optimizer>.Of(nameof(RmsProp.Epsilon), (RmsProp rmsProp, double value) => rmsProp with { Epsilon = value }),
        NamedSetting<Optimizer>.Of(nameof(Sgd.Momentum), (Sgd sgd, double value) => sgd with { Momentum = value }),
        NamedSetting<Optimizer>.Of(nameof(RmsProp.Momentum), (RmsProp rmsProp, double value) => rmsProp with { Momentum = value }),
        NamedSetting<Optimizer>.Of(nameof(Sgd.Nesterov), (Sgd sgd, bool value) => sgd with { Nesterov = value }),
        NamedSetting<Optimizer>.Of(nameof(RmsProp.Smoothing), (RmsProp rmsProp, double value) => rmsProp with { Smoothing = value }),
        NamedSetting<Optimizer>.Of(nameof(Optimizer.WeightDecay), (Optimizer optimizer, double value) => optimizer with { WeightDecay = value }),
        NamedSetting<Optimizer>.Of(nameof(Optimizer.DecayAll), (Optimizer optimizer, bool value) => optimizer with { DecayAll = value }),
    ];

    private static readonly NamedSetting<Schedule>[] ScheduleSettings =
    [
        NamedSetting<Schedule>.Of(nameof(Schedule.WarmupEpochs), (Schedule schedule, double value) => schedule with { WarmupEpochs = value }),
        NamedSetting<Schedule>.Of(nameof(StepSchedule.StepEpochs), (StepSchedule step, double value) => step with { StepEpochs = value }),
        NamedSetting<Schedule>.Of(nameof(PlateauSchedule.PlateauEpochs), (PlateauSchedule plateau, int value) => plateau with { PlateauEpochs = value }),
        NamedSetting<Schedule>.Of(nameof(StepSchedule.LearningRateDecay), (StepSchedule step, double value) => step with { LearningRateDecay = value }),
        NamedSetting<Schedule>.Of(nameof(ExponentialSchedule.LearningRateDecay), (ExponentialSchedule exponential, double value) => exponential with { LearningRateDecay = value }),
        NamedSetting<Schedule>.Of(nameof(PlateauSchedule.LearningRateDecay), (PlateauSchedule plateau, double value) => plateau with { LearningRateDecay = value }),
        NamedSetting<Schedule>.Of(nameof(CosineSchedule.FinalLearningRate), (CosineSchedule cosine, double value) => cosine with { FinalLearningRate = value }),
        NamedSetting<Schedule>.Of(nameof(OneCycleSchedule.FinalLearningRate), (OneCycleSchedule cycle, double value) => cycle with { FinalLearningRate = value }),
        NamedSetting<Schedule>.Of(nameof(PlateauSchedule.FinalLearningRate), (PlateauSchedule plateau, double value) => plateau with { FinalLearningRate = value }),
    ];

    private readonly Dictionary<string, object> _values;

    /// <summary>Takes settings; null, and a switch that is off, count as not given.</summary>
    /// <param name="values">Values, with the types of the parameters.</param>
    public GivenSettings(IEnumerable<KeyValuePair<string, object?>> values) => _values = values
        .Select(value => KeyValuePair.Create(value.Key, value.Value is SwitchParameter isGiven ? isGiven ? true : null : value.Value))
        .Where(value => value.Value != null)
        .ToDictionary(value => value.Key, value => value.Value!);

    /// <summary>The settings of a training.</summary>
    /// <param name="otherwise">The settings that apply by default.</param>
    /// <exception cref="CnnException"><c>SettingNotApplicable</c>: the optimizer or the schedule has no such setting.</exception>
    public TrainingOptions Over(TrainingOptions otherwise)
    {
        OptimizerKind optimizerKind = Get(nameof(TrainingOptions.Optimizer), otherwise.Optimizer.Kind);
        ScheduleKind scheduleKind = Get(nameof(TrainingOptions.Schedule), otherwise.Schedule.Kind);
        bool isSameOptimizer = optimizerKind == otherwise.Optimizer.Kind;
        return otherwise with
        {
            Epochs = Get(nameof(TrainingOptions.Epochs), otherwise.Epochs),
            BatchSize = Get(nameof(TrainingOptions.BatchSize), otherwise.BatchSize),
            AccumulationSteps = Get(nameof(TrainingOptions.AccumulationSteps), otherwise.AccumulationSteps),
            Optimizer = NamedSetting<Optimizer>.Put(
                isSameOptimizer ? otherwise.Optimizer : Optimizer.Create(optimizerKind),
                OptimizerSettings,
                nameof(TrainingOptions.Optimizer),
                Enum.GetValues<OptimizerKind>().ToDictionary(kind => $"{kind}", Optimizer.Create),
                _values.GetValueOrDefault),

            // The learning rate of one optimizer does not suit another.
            LearningRate = Get(nameof(TrainingOptions.LearningRate), isSameOptimizer ? otherwise.LearningRate : null),
            Schedule = NamedSetting<Schedule>.Put(
                scheduleKind == otherwise.Schedule.Kind ? otherwise.Schedule : Schedule.Create(scheduleKind),
                ScheduleSettings,
                nameof(TrainingOptions.Schedule),
                Enum.GetValues<ScheduleKind>().ToDictionary(kind => $"{kind}", Schedule.Create),
                _values.GetValueOrDefault),
            LearningRateFactor = Get(nameof(TrainingOptions.LearningRateFactor), otherwise.LearningRateFactor),
            ClipNorm = Get(nameof(TrainingOptions.ClipNorm), otherwise.ClipNorm),
            LabelSmoothing = Get(nameof(TrainingOptions.LabelSmoothing), otherwise.LabelSmoothing),
            MixUp = Get(nameof(TrainingOptions.MixUp), otherwise.MixUp),
            CutMix = Get(nameof(TrainingOptions.CutMix), otherwise.CutMix),
            ClassWeight = Get(nameof(TrainingOptions.ClassWeight), otherwise.ClassWeight),
            Sampling = Get(nameof(TrainingOptions.Sampling), otherwise.Sampling),
            WeightAveraging = Get(nameof(TrainingOptions.WeightAveraging), otherwise.WeightAveraging),
            TrainFrom = Get(nameof(TrainingOptions.TrainFrom), otherwise.TrainFrom),
            Seed = Get(nameof(TrainingOptions.Seed), otherwise.Seed),
            Augmentation = Get(nameof(TrainingOptions.Augmentation), otherwise.Augmentation),
            Threads = Get(nameof(TrainingOptions.Threads), otherwise.Threads),
            Patience = Get(nameof(TrainingOptions.Patience), otherwise.Patience),
            TargetAccuracy = Get(nameof(TrainingOptions.TargetAccuracy), otherwise.TargetAccuracy),
        };
    }

    /// <summary>The new model of a preset.</summary>
    /// <param name="preset">The name of the preset.</param>
    /// <param name="data">The images that the model is for.</param>
    public Model NewModel(string preset, ImageSet data) => Preset.Find(preset).For(data.ImageShape, data.ClassNames.Count).CreateModel(
        Get<ulong?>(nameof(InvokeCnnTrainingCommand.Seed), null) ?? RandomSeed.Draw(), Get<Initialization?>(nameof(InvokeCnnTrainingCommand.Initialization), null));

    private T Get<T>(string name, T otherwise) => _values.TryGetValue(name, out object? value) ? (T)value : otherwise;
}
