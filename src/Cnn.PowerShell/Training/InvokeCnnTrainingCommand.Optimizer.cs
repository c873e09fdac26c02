using System.Management.Automation;
using Cnn.Training;

namespace Cnn.PowerShell;

// The parameters of the optimizer, of its schedule, and of the treatment of the gradient and the weights. A parameter that is not bound is null: the training
// then keeps its setting. Settings of another optimizer or schedule may be empty, so that one table can hold trials of several.
public sealed partial class InvokeCnnTrainingCommand
{
    /// <summary>The optimizer.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(OptimizerKind))]
    public OptimizerKind? Optimizer { get; set; }

    /// <summary>The size of a step, which the schedule starts from.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double))]
    public double? LearningRate { get; set; }

    /// <summary>The factors of the learning rate for some layers or tensors.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(LearningRateFactors), AllowEmpty = true)]
    public LearningRateFactors? LearningRateFactor { get; set; }

    /// <summary>β₁ of Adam and AdamW.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? Beta1 { get; set; }

    /// <summary>β₂ of Adam and AdamW.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? Beta2 { get; set; }

    /// <summary>ε of Adam, AdamW and RmsProp.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? Epsilon { get; set; }

    /// <summary>μ of Sgd and RmsProp.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? Momentum { get; set; }

    /// <summary>Nesterov momentum: Sgd looks ahead along its velocity.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(SwitchParameter), AllowEmpty = true)]
    public SwitchParameter Nesterov { get; set; }

    /// <summary>ρ of RmsProp.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? Smoothing { get; set; }

    /// <summary>λ, how strongly the weights are shrunk towards 0.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? WeightDecay { get; set; }

    /// <summary>Applies weight decay to biases and the parameters of normalisation too.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(SwitchParameter), AllowEmpty = true)]
    public SwitchParameter DecayAll { get; set; }

    /// <summary>The schedule of the learning rate.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(ScheduleKind))]
    public ScheduleKind? Schedule { get; set; }

    /// <summary>The number of epochs, possibly fractional, in which the rate rises.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? WarmupEpochs { get; set; }

    /// <summary>The number of epochs, possibly fractional, after which the Step schedule lowers the rate.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? StepEpochs { get; set; }

    /// <summary>The number of epochs in a row that may bring no better validation loss before the Plateau schedule lowers the rate.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int), AllowEmpty = true)]
    public int? PlateauEpochs { get; set; }

    /// <summary>The factor by which the schedules Step, Exponential and Plateau multiply the rate.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? LearningRateDecay { get; set; }

    /// <summary>The last rate of the schedules Cosine and OneCycle, and the lower limit of Plateau.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? FinalLearningRate { get; set; }

    /// <summary>The longest that a gradient may be.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? ClipNorm { get; set; }

    /// <summary>In how many parts each batch is computed, one after the other.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int), AllowEmpty = true)]
    public int? AccumulationSteps { get; set; }

    /// <summary>How much of the target is shared by all classes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? LabelSmoothing { get; set; }

    /// <summary>α of mixup, which blends the images of a batch.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? MixUp { get; set; }

    /// <summary>α of CutMix, which replaces a rectangle of each image by a part of another one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? CutMix { get; set; }

    /// <summary>How much the images of each class count in the loss.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(ClassWeights), AllowEmpty = true)]
    public ClassWeights? ClassWeight { get; set; }

    /// <summary>Which images an epoch draws.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(Sampling), AllowEmpty = true)]
    public Sampling? Sampling { get; set; }

    /// <summary>The share of the moving average of the weights that each step keeps.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double), AllowEmpty = true)]
    public double? WeightAveraging { get; set; }

    /// <summary>The first layer that is trained, by name or by number.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(string), AllowEmpty = true)]
    [ArgumentCompleter(typeof(LayerCompleter))]
    public string? TrainFrom { get; set; }
}
