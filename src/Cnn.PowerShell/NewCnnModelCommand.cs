using System.Management.Automation;
using Cnn.Layers;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Presets;

namespace Cnn.PowerShell;

/// <summary>New-CnnModel: makes a model from a preset or from layers, and draws its weights.</summary>
[Cmdlet(VerbsCommon.New, "CnnModel", DefaultParameterSetName = PresetSet)]
[OutputType(typeof(Model))]
public sealed class NewCnnModelCommand : CnnCommand
{
    private const string PresetSet = "Preset";
    private const string LayerSet = "Layer";
    private readonly List<Layer> _layers = [];

    /// <summary>The name of a network that is known.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PresetSet)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    public string Preset { get; set; } = "";

    /// <summary>The layers, from the image to the classes.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = LayerSet)]
    public Layer[] Layer { get; set; } = [];

    /// <summary>Channels, height and width of an image; a preset has a shape of its own.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LayerSet)]
    [Parameter(ParameterSetName = PresetSet)]
    [ShapeTransformation]
    public Shape? InputShape { get; set; }

    /// <summary>The number of classes, where it is not that of the preset.</summary>
    [Parameter(ParameterSetName = PresetSet)]
    [Number(typeof(int))]
    [ValidateRange(2, 256)]
    public int? ClassCount { get; set; }

    /// <summary>The seed that draws the weights; a random one where it is not given.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong? Seed { get; set; }

    /// <summary>How the weights are drawn.</summary>
    [Parameter]
    public Initialization Initialization { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _layers.AddRange(Layer);

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
    {
        ulong seed = Seed ?? RandomSeed.Draw();
        WriteObject(
            ParameterSetName == PresetSet
                ? FittedPreset().CreateModel(seed, Initialization)
                : Model.Create(InputShape!.Value, _layers, seed, Initialization));
    });

    private Preset FittedPreset()
    {
        Preset preset = Presets.Preset.Find(Preset);
        return preset.For(InputShape ?? preset.InputShape, ClassCount ?? preset.ClassCount);
    }
}
