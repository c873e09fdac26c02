using Cnn.Data;
using Cnn.Models;
using Cnn.Threading;

namespace Cnn.Training;

/// <summary>The settings of a training, with their usual defaults; a preset has its own settings.</summary>
public sealed record TrainingOptions
{
    /// <summary>The usual settings.</summary>
    public TrainingOptions()
    {
    }

    /// <summary>A copy, for languages without <c>with</c>: in F#, <c>TrainingOptions(preset.Training, Epochs = 3)</c>.</summary>
    /// <param name="original">The settings to copy.</param>
    public TrainingOptions(TrainingOptions original)
    {
        ArgumentNullException.ThrowIfNull(original);

        // This is also the copy for with: a setting that is missing here would be lost there, which PresetTests detects.
        Epochs = original.Epochs;
        BatchSize = original.BatchSize;
        AccumulationSteps = original.AccumulationSteps;
        Optimizer = original.Optimizer;
        LearningRate = original.LearningRate;
        LearningRateFactor = original.LearningRateFactor;
        Schedule = original.Schedule;
        ClipNorm = original.ClipNorm;
        LabelSmoothing = original.LabelSmoothing;
        MixUp = original.MixUp;
        CutMix = original.CutMix;
        ClassWeight = original.ClassWeight;
        Sampling = original.Sampling;
        WeightAveraging = original.WeightAveraging;
        TrainFrom = original.TrainFrom;
        Seed = original.Seed;
        Augmentation = original.Augmentation;
        Threads = original.Threads;
        Patience = original.Patience;
        TargetAccuracy = original.TargetAccuracy;
    }

    /// <summary>The number of times that the training goes through all training images; at least 1.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>The number of images in each step; at least 1. The last batch of an epoch has the remaining ones.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// The number of parts in which a batch is computed, one after the other: their gradients are added, and then the parameters change once. The result is that of the
    /// whole batch except for rounding, and only one part needs memory. Batch normalisation, dropout, <see cref="MixUp"/> and <see cref="CutMix"/> treat each part as a batch of
    /// its own. At least 1, and at most <see cref="BatchSize"/>.
    /// </summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer { get; init; } = new Adam();

    /// <summary>The size of a step, which the schedule starts from; greater than 0. By default, the optimizer's usual one.</summary>
    public double? LearningRate { get; init; }

    /// <summary>
    /// The factors of the learning rate for some layers or tensors; null for the same rate everywhere.
    /// </summary>
    public LearningRateFactors? LearningRateFactor { get; init; }

    /// <summary>The schedule of the learning rate.</summary>
    public Schedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>
    /// The largest norm (Euclidean) of the gradient of all parameters together; a longer gradient is scaled down to it (Pascanu, Mikolov and Bengio, "On the
    /// difficulty of training recurrent neural networks", 2013). Greater than 0; null for no limit.
    /// </summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// ε: the target of the loss is 1 − ε for the label plus ε in equal parts for all classes; 0 ≤ ε &lt; 1, and 0 for the label alone. The training loss is
    /// then that of the smoothed target; validation measures without smoothing.
    /// </summary>
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// α of mixup: each image of a batch is blended with another one, and its loss counts both labels, in shares drawn for each batch from Beta(α, α)
    /// (Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", 2018). At least 0, and 0 for no blending. With <see cref="CutMix"/>
    /// too, each batch has one of the two. The loss of the training is that of both labels; validation measures without.
    /// </summary>
    public double MixUp { get; init; }

    /// <summary>
    /// α of CutMix: a rectangle of each image is replaced by that part of another image of the batch. The area that stays is drawn for each batch from Beta(α, α), and
    /// the loss counts both labels by their areas (Yun, Han, Oh, Chun, Choe and Yoo, "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable
    /// Features", 2019). At least 0, and 0 for none.
    /// </summary>
    public double CutMix { get; init; }

    /// <summary>Whether images are mixed with each other.</summary>
    internal bool IsMixing => MixUp > 0 || CutMix > 0;

    /// <summary>
    /// How much the images of each class count in the loss of the training; null for all alike. Validation measures without.
    /// </summary>
    public ClassWeights? ClassWeight { get; init; }

    /// <summary>Which images an epoch draws.</summary>
    public Sampling Sampling { get; init; }

    /// <summary>
    /// The share of the moving average of the weights that each step keeps; 0 ≤ d &lt; 1, and 0 for no average. The n-th step keeps at most (n − 1) / (n +
    /// 8), so that the average of a short training does not contain its beginning. The averaged weights are used for validation, and the model contains them
    /// when the training has ended or was stopped.
    /// </summary>
    public double WeightAveraging { get; init; }

    /// <summary>
    /// The first layer that is trained, by its name in the model (<c>Dense1</c>) or by its number from 0; null for all layers. The layers before it are
    /// frozen: their parameters and running statistics do not change, batch normalisation uses its running statistics, dropout drops nothing, and no gradient
    /// is computed. Without an augmentation, their output for each image is kept after the first epoch, if half of the free memory is enough; that changes no
    /// bits.
    /// </summary>
    public string? TrainFrom { get; init; }

    /// <summary>The seed of the shuffling; by default the model's own.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How the images are distorted, differently in each epoch; null for no distortion.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>The number of threads; 0 for one on each processor. The result does not depend on it, bit for bit.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// The number of epochs without a lower validation loss after which the training ends; 0 to train all epochs. With a patience, a training that ends by
    /// itself leaves the model with the parameters of its best epoch, the one with the lowest validation loss. Needs validation images.
    /// </summary>
    public int Patience { get; init; }

    /// <summary>
    /// The accuracy on the validation images, greater than 0 and at most 1, at which the training ends; 0 for none. Needs validation images.
    /// </summary>
    public double TargetAccuracy { get; init; }

    /// <summary>The initial learning rate of a training: <see cref="LearningRate"/>, or if it is not set the optimizer's usual one.</summary>
    /// <returns>The rate.</returns>
    public double GetLearningRate() => LearningRate ?? Optimizer.UsualLearningRate;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="CnnException">A setting is out of range.</exception>
    public void Check()
    {
        Require(Epochs >= 1, nameof(Epochs), Epochs, "It must be at least 1.");
        Require(BatchSize is >= 1 and <= 1 << 20, nameof(BatchSize), BatchSize, "It must be 1 to 1048576; 32 is a good start.");

        Require(
            AccumulationSteps >= 1 && AccumulationSteps <= BatchSize,
            nameof(AccumulationSteps),
            AccumulationSteps,
            $"It must be 1 to the batch size, {BatchSize}: the number of parts in which each batch is computed.");

        // The kernels compute in single precision, so the rounded value is what counts.
        double rate = GetLearningRate();
        RequirePositiveFloat(nameof(LearningRate), rate, FormattableString.Invariant($"{Optimizer.UsualLearningRate} is a good start."));
        Optimizer.Check();
        Schedule.Check(rate, Epochs);
        if (ClipNorm is { } norm)
        {
            RequirePositiveFloat(nameof(ClipNorm), norm, "1 is a good start.");
        }

        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "It is at least 0 and less than 1; 0.1 is usual.");
        foreach ((string name, double alpha) in new[] { (nameof(MixUp), MixUp), (nameof(CutMix), CutMix) })
        {
            Require(alpha == 0 || alpha is >= 0.001 and <= 1000, name, alpha, "It must be 0 for no mixing, or from 0.001 to 1000; 0.2 and 1 are usual.");
        }

        Require(Enum.IsDefined(Sampling), nameof(Sampling), Sampling, $"It is one of {string.Join(", ", Enum.GetNames<Sampling>())}.");
        Require(
            Sampling != Sampling.Balanced || ClassWeight?.IsBalanced != true,
            nameof(Sampling),
            Sampling,
            "ClassWeight Balanced makes up for the same imbalance, which would then count twice: choose one of the two.");
        Require((float)WeightAveraging is >= 0 and < 1, nameof(WeightAveraging), WeightAveraging, "It must be at least 0 and, as a 32-bit number, less than 1; 0.999 is usual.");
        Augmentation?.Check();
        Require(Patience >= 0, nameof(Patience), Patience, "It must be a number of epochs, or 0 to train all of them.");
        Require(TargetAccuracy is >= 0 and <= 1, nameof(TargetAccuracy), TargetAccuracy, "It must be an accuracy, 0.98 for 98 %, or 0 for none.");
        Require(Threads is >= 0 and <= 1024, nameof(Threads), Threads, "It must be 1 to 1024, or 0 for one on each processor.");
    }

    /// <summary>The same settings in records that nobody else can change.</summary>
    /// <returns>The copy.</returns>
    internal TrainingOptions Copy()
    {
        ArgumentNullException.ThrowIfNull(Optimizer);
        ArgumentNullException.ThrowIfNull(Schedule);
        return this with
        {
            Optimizer = Optimizer with { },
            Schedule = Schedule with { },
            Augmentation = Augmentation == null ? null : Augmentation with { },
        };
    }

    /// <summary>The settings for training a model: open settings are filled in.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The settings, with a learning rate, a seed and a number of threads.</returns>
    internal TrainingOptions For(Model model) => this with
    {
        LearningRate = GetLearningRate(),
        Seed = Seed ?? model.Seed,
        Threads = Threads == 0 ? WorkerTeam.DefaultCount : Threads,
    };

    /// <summary>Throws if a setting is out of range.</summary>
    /// <param name="holds">Whether it is not.</param>
    /// <param name="name">The setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="needs">What is expected.</param>
    /// <exception cref="CnnException"><c>TrainingOption</c>.</exception>
    internal static void Require(bool holds, string name, object value, string needs)
    {
        if (!holds)
        {
            throw new CnnException(
                "TrainingOption", CnnErrorKind.InvalidArgument, FormattableString.Invariant($"{name} is {value}. {needs}"))
            { Target = value };
        }
    }

    /// <summary>Throws if a setting is not greater than 0 and finite as a 32-bit number.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="usual">What is usual.</param>
    /// <exception cref="CnnException"><c>TrainingOption</c>.</exception>
    internal static void RequirePositiveFloat(string name, double value, string usual) => Require(
        (float)value > 0 && float.IsFinite((float)value), name, value, $"It must be greater than 0 and finite as a 32-bit number; {usual}");
}
