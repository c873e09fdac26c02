using System.Management.Automation;
using Cnn.Data;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>Invoke-CnnTraining: trains models, or one new model for each trial that comes through the pipeline.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "CnnTraining")]
[OutputType(typeof(TrainingResult))]
public sealed class InvokeCnnTrainingCommand : CnnCommand
{
    internal const string ModelSet = "Model";
    private const string PresetSet = "Preset";
    private static readonly TrainingOptions Defaults = new();

    /// <summary>The training images.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The model; it is trained in place.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ModelSet)]
    public Model Model { get; set; } = null!;

    /// <summary>The preset of a new model.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PresetSet)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    public string Preset { get; set; } = "";

    /// <summary>How the weights of the new model are drawn.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PresetSet)]
    [TrialValue(typeof(Initialization))]
    public Initialization Initialization { get; set; }

    /// <summary>Images that are measured behind each epoch.</summary>
    [Parameter]
    public ImageSet? ValidationData { get; set; }

    /// <summary>How many times the training images are gone through.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int))]
    public int Epochs { get; set; } = Defaults.Epochs;

    /// <summary>Images for each step.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int))]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>Adam's α.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double))]
    public double LearningRate { get; set; } = Defaults.LearningRate;

    /// <summary>Adam's β₁.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double))]
    public double Beta1 { get; set; } = Defaults.Beta1;

    /// <summary>Adam's β₂.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double))]
    public double Beta2 { get; set; } = Defaults.Beta2;

    /// <summary>Adam's ε.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double))]
    public double Epsilon { get; set; } = Defaults.Epsilon;

    /// <summary>The seed of the shuffling, and of the weights where the model is new.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(ulong))]
    public ulong? Seed { get; set; }

    /// <summary>How many threads work; 0 for one on each processor.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int))]
    public int Threads { get; set; } = Defaults.Threads;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        using var trainer = new Trainer(ParameterSetName == PresetSet ? NewModel() : Model, Data, Options(), ValidationData);
        var progress = new ProgressReporter(this, $"Training {trainer.Model.Name}");
        int epochsTold = 0;
        TrainingResult result = trainer.Run(
            now =>
            {
                Tell(trainer, ref epochsTold);
                if (progress.IsDue)
                {
                    progress.Report(Describe(now), now.Fraction, now.Remaining);
                }
            },
            StoppingToken);
        Tell(trainer, ref epochsTold);
        progress.Complete();
        WriteObject(result);
    });

    /// <summary>Makes the model of a trial that names a preset.</summary>
    internal Model NewModel() => Model.Create(Models.Preset.Find(Preset), Seed ?? RandomSeed.Draw(), Initialization);

    /// <summary>The settings of a trial.</summary>
    internal TrainingOptions Options() => new()
    {
        Epochs = Epochs,
        BatchSize = BatchSize,
        LearningRate = LearningRate,
        Beta1 = Beta1,
        Beta2 = Beta2,
        Epsilon = Epsilon,
        Seed = Seed,
        Threads = Threads,
    };

    /// <summary>Says how far a training is.</summary>
    internal static string Describe(TrainingProgress now) => FormattableString.Invariant(
        $"epoch {now.Epoch}/{now.Epochs}, batch {now.Batch}/{now.Batches}, cost {now.Cost:F4}, {now.ImagesPerSecond:N0} images/s");

    /// <summary>Writes a verbose line for each epoch that was finished since the last time.</summary>
    private void Tell(Trainer trainer, ref int epochsTold)
    {
        for (; epochsTold < trainer.History.Epochs.Count; epochsTold++)
        {
            EpochRecord epoch = trainer.History.Epochs[epochsTold];
            string validation = epoch.ValidationAccuracy is { } accuracy
                ? FormattableString.Invariant($", validation accuracy {accuracy:P2}, validation loss {epoch.ValidationLoss:F4}")
                : "";
            WriteVerbose(FormattableString.Invariant(
                $"Epoch {epoch.Epoch} of {trainer.Options.Epochs}: cost {epoch.Cost:F4}{validation}, {epoch.ImagesPerSecond:N0} images/s"));
        }
    }
}
