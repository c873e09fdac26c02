using System.Management.Automation;
using Cnn.Data;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>
/// Invoke-CnnTraining: trains models, or one new model for each trial in the pipeline; or resumes a training from its checkpoints. A parameter that is not
/// bound is null: a new training then takes the setting of the model's preset, and a resumed one keeps its setting.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "CnnTraining", SupportsShouldProcess = true)]
[OutputType(typeof(TrainingResult))]
public sealed partial class InvokeCnnTrainingCommand : CnnCommand
{
    internal const string ModelSet = "Model";
    private const string PresetSet = "Preset";

    /// <summary>The training images.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [LiveObject(NeedsImages = true)]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The model; it is trained in place.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ModelSet)]
    [LiveObject]
    public Model Model { get; set; } = null!;

    /// <summary>The preset of a new model. It is not mandatory: a checkpoint has a model too, and where there is none, the error says which preset suits the images.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PresetSet)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    public string? Preset { get; set; }

    /// <summary>How the weights of the new model are drawn.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = PresetSet)]
    [TrialValue(typeof(Initialization))]
    public Initialization? Initialization { get; set; }

    /// <summary>Images that are measured after each epoch.</summary>
    [Parameter]
    [LiveObject]
    public ImageSet? ValidationData { get; set; }

    /// <summary>The number of times that the training goes through all training images.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int))]
    public int? Epochs { get; set; }

    /// <summary>The number of images in each step.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int))]
    public int? BatchSize { get; set; }

    /// <summary>The seed of the shuffling, and of the weights if the model is new.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(ulong))]
    public ulong? Seed { get; set; }

    /// <summary>The number of threads; 0 for one on each processor.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int))]
    public int? Threads { get; set; }

    /// <summary>The number of epochs without a lower validation loss after which the training ends.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(int))]
    public int? Patience { get; set; }

    /// <summary>The validation accuracy at which the training ends.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrialValue(typeof(double))]
    public double? TargetAccuracy { get; set; }

    /// <summary>The folder of the checkpoints.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? CheckpointPath { get; set; }

    /// <summary>The number of batches within an epoch after which a checkpoint is written.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int CheckpointInterval { get; set; }

    /// <summary>The number of end-of-epoch checkpoints that are kept, the latest ones, and in addition the best one.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int CheckpointCount { get; set; }

    /// <summary>Resumes from the newest checkpoint.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Resumes from the end of this epoch.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(CheckpointEpochCompleter))]
    public int? ResumeEpoch { get; set; }

    /// <summary>Lets a new training remove the checkpoints of another one.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        CheckpointFolder? checkpoints = Checkpoints();
        Model? model = GivenModel();
        if (!ShouldProcess(model?.Name ?? checkpoints!.Path, $"Train on {Data.Name}{Need(model)}{(checkpoints == null ? "" : $" with checkpoints in {checkpoints.Path}")}"))
        {
            return;
        }

        // The threads of the training have ended when the next command of the pipeline begins with the result.
        TrainingResult result = Train(model, checkpoints);
        if (result.IsStopped)
        {
            EndStopped(result, WhereStopped(result, checkpoints));
        }

        WriteObject(result);
    });

    private TrainingResult Train(Model? model, CheckpointFolder? checkpoints)
    {
        using Trainer trainer = NewTrainer(model, checkpoints, out bool goesOn);
        foreach (ImageSet images in new[] { Data, ValidationData }.OfType<ImageSet>())
        {
            WarnOfConversion(trainer.Model.Conversion, images);
        }

        using TrainingLog? log = OpenLog(trainer.History, goesOn);
        var progress = new ProgressReporter(this, $"Training {trainer.Model.Name}");
        TrainingResult result = trainer.Run(
            now => Report(() =>
            {
                if (progress.IsDue)
                {
                    progress.Report(Describe(now), now.Fraction, now.Remaining);
                }
            }),
            StoppingToken,
            epoch =>
            {
                log?.Update(trainer.History);
                Report(() => WriteEpoch(epoch, trainer.Options.Epochs));
                Report(() => Act(epoch));
            });
        Report(progress.Complete);
        return result;
    }

    /// <summary>The memory that a new training needs; a resumed one reports it itself.</summary>
    private string Need(Model? model)
    {
        if (model == null || Resume || ResumeEpoch != null)
        {
            return "";
        }

        TrainingOptions options = OptionsFor(model);
        long bytes = TrainingMemory.Estimate(model, options, Data.Count);
        return $" in batches of {Math.Min(options.BatchSize, Data.Count)} ({ByteSize.Of(bytes)} of memory)";
    }

    private Trainer NewTrainer(Model? given, CheckpointFolder? checkpoints, out bool goesOn)
    {
        string? checkpoint = ResumeEpoch is { } epoch ? checkpoints!.OfEpoch(epoch) : Resume ? checkpoints!.Newest : null;
        goesOn = checkpoint != null;
        if (checkpoint != null)
        {
            WriteVerbose($"Continues from '{checkpoint}'");
            Trainer resumed = Trainer.Resume(checkpoint, Data, ValidationData, model: given, settings: Options);
            resumed.Checkpoints = checkpoints;
            return resumed;
        }

        Model model = given ?? throw new CnnException(
            "CheckpointNotFound",
            CnnErrorKind.NotFound,
            $"'{checkpoints!.Path}' has no checkpoint to continue from{(Resume ? "" : ", and -Resume was not given")}: start with a model or with -Preset.")
        { Target = CheckpointPath };
        Trainer trainer = new(model, Data, OptionsFor(model), ValidationData);
        try
        {
            checkpoints?.Clear(Force);
            trainer.Checkpoints = checkpoints;
            return trainer;
        }
        catch
        {
            trainer.Dispose();
            throw;
        }
    }

    private CheckpointFolder? Checkpoints()
    {
        if (CheckpointPath != null)
        {
            return new CheckpointFolder(FileSystemPath.Literal(this, CheckpointPath), CheckpointInterval, CheckpointCount);
        }

        return Resume || ResumeEpoch != null || CheckpointInterval > 0 || CheckpointCount > 0
            ? throw new CnnException(
                "CheckpointPathRequired", CnnErrorKind.InvalidArgument, "There is no folder for checkpoints: give one with -CheckpointPath.")
            : null;
    }

    /// <summary>The model to train; null where it is to come from a checkpoint.</summary>
    private Model? GivenModel() => (ParameterSetName, Preset) switch
    {
        (ModelSet, _) => Model,
        (_, { } preset) => TrialParameters.GivenTo(this).NewModel(preset, Data),
        _ when CheckpointPath != null && Initialization == null => null,
        _ => throw NoNetwork(),
    };

    private CnnException NoNetwork()
    {
        Presets.Preset suggested = Presets.Preset.SuggestedFor(Data.ImageShape);
        return new CnnException(
            "PresetRequired",
            CnnErrorKind.InvalidArgument,
            $"There is no network to train: pass a model, or name a preset. For images of {Data.ImageShape}, -Preset {suggested.Name} is a good start "
            + $"({suggested.Purpose.TrimEnd('.')}: {suggested.Reached.TrimEnd('.')}); Get-CnnPreset shows the others.")
        { Target = Data };
    }

    /// <summary>The settings of a training that begins: the preset of the model's name has those that are not bound.</summary>
    private TrainingOptions OptionsFor(Model model) => Options(Presets.Preset.TrainingOf(model.Name));

    private TrainingOptions Options(TrainingOptions otherwise)
    {
        TrainingOptions options = TrialParameters.GivenTo(this).Over(otherwise);

        // A model from the pipeline brings its own seed, which was not meant for the shuffling.
        return ParameterSetName == ModelSet && Seed == Model.Seed ? options with { Seed = otherwise.Seed } : options;
    }

    /// <summary>Reports the progress of a training.</summary>
    internal static string Describe(TrainingProgress now) => FormattableString.Invariant(
        $"epoch {now.Epoch}/{now.Epochs}, batch {now.Batch}/{now.Batches}, loss {now.Loss:F4}, {now.ImagesPerSecond:N0} images/s");
}
