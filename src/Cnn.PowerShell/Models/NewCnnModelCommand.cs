using System.Management.Automation;
using Cnn.Data;
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

    /// <summary>The name of a preset.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PresetSet)]
    [ArgumentCompleter(typeof(PresetCompleter))]
    public string Preset { get; set; } = "";

    /// <summary>The layers, from the image to the classes.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = LayerSet)]
    [LiveObject]
    public Layer[] Layer { get; set; } = [];

    /// <summary>Channels, height and width of an image; a preset has its own shape.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LayerSet)]
    [Parameter(ParameterSetName = PresetSet)]
    [ShapeTransformation]
    public Shape? InputShape { get; set; }

    /// <summary>The number of classes: the number of outputs of a preset's last layer, or of the last of the given layers.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(2, ImageSet.MostClasses)]
    public int? ClassCount { get; set; }

    /// <summary>The names of the classes, by label; by default a training takes them from its images.</summary>
    [Parameter]
    [ValidateCount(2, ImageSet.MostClasses)]
    public string[]? ClassName { get; set; }

    /// <summary>The name of a model made from layers.</summary>
    [Parameter(ParameterSetName = LayerSet)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The seed that draws the weights; by default a random one.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong? Seed { get; set; }

    /// <summary>How the weights are drawn.</summary>
    [Parameter]
    public Initialization? Initialization { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _layers.AddRange(Layer);

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
    {
        if (ClassCount != null && ClassName != null && ClassCount != ClassName.Length)
        {
            throw WrongClassCount($"There are {ClassName.Length} class names, but -ClassCount is {ClassCount}: leave -ClassCount out, or give each class a name.");
        }

        ulong seed = Seed ?? RandomSeed.Draw();
        Model model = ParameterSetName == PresetSet ? FittedPreset().CreateModel(seed, Initialization) : OwnModel(seed);
        if (ClassName != null)
        {
            model.NameClasses(ClassName);
        }

        WriteObject(model);
    });

    private Model OwnModel(ulong seed)
    {
        if (Name != null && Presets.Preset.IsKnown(Name))
        {
            throw new CnnException(
                "ModelName",
                CnnErrorKind.InvalidArgument,
                $"'{Name}' is the name of a preset, and a model of that name would be trained with the preset's settings: choose another name.")
            { Target = Name };
        }

        Model model = Model.Create(InputShape!.Value, _layers, seed, Initialization ?? Models.Initialization.He, Name);
        return ClassCount == null || ClassCount == model.ClassCount
            ? model
            : throw WrongClassCount($"The layers end in {model.ClassCount} outputs, but -ClassCount is {ClassCount}: give the last dense layer as many outputs as there are classes.");
    }

    private CnnException WrongClassCount(string message) => new("ClassCount", CnnErrorKind.InvalidArgument, message) { Target = ClassCount };

    private Preset FittedPreset()
    {
        Preset preset = Presets.Preset.Find(Preset);
        return preset.For(InputShape ?? preset.InputShape, ClassCount ?? ClassName?.Length ?? preset.ClassCount);
    }
}
