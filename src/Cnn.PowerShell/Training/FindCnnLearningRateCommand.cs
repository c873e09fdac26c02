using System.Management.Automation;
using Cnn.Data;
using Cnn.Models;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>Find-CnnLearningRate: searches for a learning rate by training a copy of a model with a growing rate.</summary>
[Cmdlet(VerbsCommon.Find, "CnnLearningRate")]
[OutputType(typeof(LearningRateSearch))]
public sealed class FindCnnLearningRateCommand : CnnCommand
{
    private const string ModelSet = "Model";
    private const string PresetSet = "Preset";

    /// <summary>The training images.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [LiveObject(NeedsImages = true)]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The model; it does not change.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ModelSet)]
    [LiveObject]
    public Model Model { get; set; } = null!;

    /// <summary>The preset of a new model.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PresetSet)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    public string Preset { get; set; } = "";

    /// <summary>The optimizer; by default the preset's.</summary>
    [Parameter]
    public OptimizerKind? Optimizer { get; set; }

    /// <summary>The number of images in each step; by default the preset's.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, 1 << 20)]
    public int? BatchSize { get; set; }

    /// <summary>The rate of the first batch.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double MinimumLearningRate { get; set; } = 1e-6;

    /// <summary>The rate of the last batch.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double MaximumLearningRate { get; set; } = 1;

    /// <summary>The largest number of batches.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(LearningRateFinder.LeastBatches, 100_000)]
    public int BatchCount { get; set; } = 100;

    /// <summary>The seed of the shuffling, and of the weights if the model is new.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong? Seed { get; set; }

    /// <summary>The number of threads; 0 for one on each processor.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, 1024)]
    public int Threads { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        var given = new GivenSettings(new Dictionary<string, object?>
        {
            [nameof(Optimizer)] = Optimizer,
            [nameof(BatchSize)] = BatchSize,
            [nameof(Seed)] = Seed,
            [nameof(Threads)] = Threads,
        });
        Model model = ParameterSetName == ModelSet
            ? Model
            : given.NewModel(Preset, Data);
        TrainingOptions options = given.Over(Presets.Preset.TrainingOf(model.Name));
        var progress = new ProgressReporter(this, $"Searching for a learning rate for {model.Name}");
        LearningRateSearch search = LearningRateFinder.Find(
            model,
            Data,
            options,
            MinimumLearningRate,
            MaximumLearningRate,
            BatchCount,
            done => Report(() =>
            {
                if (progress.IsDue)
                {
                    progress.Report($"batch {done} of {BatchCount}", (double)done / BatchCount);
                }
            }),
            StoppingToken);
        progress.Complete();
        if (search.LearningRate == null)
        {
            WriteWarning($"The loss never fell between a learning rate of {MinimumLearningRate} and {MaximumLearningRate}: try another range, or more batches.");
        }

        WriteObject(search);
    });
}
