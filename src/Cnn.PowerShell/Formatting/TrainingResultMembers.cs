using System.Management.Automation;
using Cnn.Data;
using Cnn.Training;

namespace Cnn.PowerShell.Formatting;

/// <summary>
/// The top-level members that Cnn.Types.ps1xml adds to a training result: its settings, the latest loss, the validation. They are compiled: a script property
/// of another optimizer would fail under Set-StrictMode. A setting that the optimizer or the schedule does not have is null.
/// </summary>
public static class TrainingResultMembers
{
    /// <summary>The number of epochs requested.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The number.</returns>
    public static int Epochs(PSObject result) => Options(result).Epochs;

    /// <summary>The number of images in each step.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The number.</returns>
    public static int BatchSize(PSObject result) => Options(result).BatchSize;

    /// <summary>The learning rate.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The rate.</returns>
    public static double? LearningRate(PSObject result) => Options(result).LearningRate;

    /// <summary>The optimizer.</summary>
    /// <param name="result">The result.</param>
    /// <returns>Its name.</returns>
    public static OptimizerKind Optimizer(PSObject result) => Options(result).Optimizer.Kind;

    /// <summary>β₁.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the optimizer has none.</returns>
    public static object? Beta1(PSObject result) => OfOptimizer(result, nameof(Beta1));

    /// <summary>β₂.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the optimizer has none.</returns>
    public static object? Beta2(PSObject result) => OfOptimizer(result, nameof(Beta2));

    /// <summary>ε.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the optimizer has none.</returns>
    public static object? Epsilon(PSObject result) => OfOptimizer(result, nameof(Epsilon));

    /// <summary>μ.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the optimizer has none.</returns>
    public static object? Momentum(PSObject result) => OfOptimizer(result, nameof(Momentum));

    /// <summary>Whether the velocity is used with look-ahead (Nesterov).</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the optimizer has none.</returns>
    public static object? Nesterov(PSObject result) => OfOptimizer(result, nameof(Nesterov));

    /// <summary>ρ.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the optimizer has none.</returns>
    public static object? Smoothing(PSObject result) => OfOptimizer(result, nameof(Smoothing));

    /// <summary>λ.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting.</returns>
    public static double WeightDecay(PSObject result) => Options(result).Optimizer.WeightDecay;

    /// <summary>Whether biases decay too.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting.</returns>
    public static bool DecayAll(PSObject result) => Options(result).Optimizer.DecayAll;

    /// <summary>The schedule of the learning rate.</summary>
    /// <param name="result">The result.</param>
    /// <returns>Its name.</returns>
    public static ScheduleKind Schedule(PSObject result) => Options(result).Schedule.Kind;

    /// <summary>The number of epochs in which the rate rises.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if it is not set.</returns>
    public static double? WarmupEpochs(PSObject result) => Options(result).Schedule.WarmupEpochs;

    /// <summary>The number of epochs after which the rate falls.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the schedule has none.</returns>
    public static object? StepEpochs(PSObject result) => OfSchedule(result, nameof(StepEpochs));

    /// <summary>The number of epochs without a better loss that are tolerated.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the schedule has none.</returns>
    public static object? PlateauEpochs(PSObject result) => OfSchedule(result, nameof(PlateauEpochs));

    /// <summary>The factor of the rate.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the schedule has none.</returns>
    public static object? LearningRateDecay(PSObject result) => OfSchedule(result, nameof(LearningRateDecay));

    /// <summary>The last rate, or the lower limit.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if the schedule has none.</returns>
    public static object? FinalLearningRate(PSObject result) => OfSchedule(result, nameof(FinalLearningRate));

    /// <summary>The longest that a gradient may be.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null for no limit.</returns>
    public static double? ClipNorm(PSObject result) => Options(result).ClipNorm;

    /// <summary>How much of the target is shared by all classes.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting.</returns>
    public static double LabelSmoothing(PSObject result) => Options(result).LabelSmoothing;

    /// <summary>The number of parts in which a batch was computed.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting.</returns>
    public static int AccumulationSteps(PSObject result) => Options(result).AccumulationSteps;

    /// <summary>α of mixup.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; 0 where no images are blended.</returns>
    public static double MixUp(PSObject result) => Options(result).MixUp;

    /// <summary>α of CutMix.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; 0 where no images are cut.</returns>
    public static double CutMix(PSObject result) => Options(result).CutMix;

    /// <summary>How much the images of each class count in the loss.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if all count equally.</returns>
    public static ClassWeights? ClassWeight(PSObject result) => Options(result).ClassWeight;

    /// <summary>The factors of the learning rate for some layers or tensors.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null if all layers have the same rate.</returns>
    public static LearningRateFactors? LearningRateFactor(PSObject result) => Options(result).LearningRateFactor;

    /// <summary>Which images an epoch draws.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting.</returns>
    public static Sampling Sampling(PSObject result) => Options(result).Sampling;

    /// <summary>The share of the average of the weights that each step keeps.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting.</returns>
    public static double WeightAveraging(PSObject result) => Options(result).WeightAveraging;

    /// <summary>The first layer that is trained.</summary>
    /// <param name="result">The result.</param>
    /// <returns>Its name or number; null for all layers.</returns>
    public static string? TrainFrom(PSObject result) => Options(result).TrainFrom;

    /// <summary>How the images are distorted.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; null for none.</returns>
    public static Augmentation? Augmentation(PSObject result) => Options(result).Augmentation;

    /// <summary>The seed of the shuffling.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The seed.</returns>
    public static ulong? Seed(PSObject result) => Options(result).Seed;

    /// <summary>The number of epochs without a lower loss that are tolerated.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; 0 for any number.</returns>
    public static int Patience(PSObject result) => Options(result).Patience;

    /// <summary>The accuracy at which the training ends.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The setting; 0 for none.</returns>
    public static double TargetAccuracy(PSObject result) => Options(result).TargetAccuracy;

    /// <summary>The mean loss over the latest epoch.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The loss in nats per image; null before the end of the first epoch.</returns>
    public static double? Loss(PSObject result) => Of(result).History.Epochs is [.., { } latest] ? latest.Loss : null;

    /// <summary>The accuracy on the validation images.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The accuracy, 0 to 1; null without validation images.</returns>
    public static double? ValidationAccuracy(PSObject result) => Of(result).Validation?.Accuracy;

    /// <summary>The mean loss over the validation images.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The loss in nats per image; null without validation images.</returns>
    public static double? ValidationLoss(PSObject result) => Of(result).Validation?.Loss;

    private static TrainingResult Of(PSObject result) => (TrainingResult)result.BaseObject;

    private static TrainingOptions Options(PSObject result) => Of(result).Options;

    private static object? OfOptimizer(PSObject result, string name) => Setting(Options(result).Optimizer, name);

    private static object? OfSchedule(PSObject result, string name) => Setting(Options(result).Schedule, name);

    private static object? Setting(object settings, string name) => settings.GetType().GetProperty(name)?.GetValue(settings);
}
