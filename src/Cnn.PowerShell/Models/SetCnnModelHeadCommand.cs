using System.Management.Automation;
using Cnn.Data;
using Cnn.Models;

namespace Cnn.PowerShell;

/// <summary>Set-CnnModelHead: makes a model for new classes from a trained one.</summary>
[Cmdlet(VerbsCommon.Set, "CnnModelHead", DefaultParameterSetName = DataSet)]
[OutputType(typeof(Model))]
public sealed class SetCnnModelHeadCommand : CnnCommand
{
    private const string DataSet = "Data";
    private const string ClassNameSet = "ClassName";

    /// <summary>The trained model. It does not change.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [LiveObject]
    public Model Model { get; set; } = null!;

    /// <summary>The new images: the model gets their classes.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = DataSet)]
    [LiveObject(NeedsImages = true)]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The names of the classes, by label.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ClassNameSet)]
    [ValidateCount(2, ImageSet.MostClasses)]
    public string[] ClassName { get; set; } = [];

    /// <summary>The seed that draws the weights of the new layer; by default a random one.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong? Seed { get; set; }

    /// <summary>How the weights of the new layer are drawn.</summary>
    [Parameter]
    public Initialization Initialization { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        if (ParameterSetName == DataSet)
        {
            Model.CheckShape(Data);
            WarnOfConversion(Model.Conversion, Data);
        }

        WriteObject(Model.WithHead(ParameterSetName == DataSet ? Data.ClassNames : ClassName, Seed ?? RandomSeed.Draw(), Initialization));
    });
}
