using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>New-CnnAugmentation: describes how images are distorted while a model is trained.</summary>
[Cmdlet(VerbsCommon.New, "CnnAugmentation")]
[OutputType(typeof(Augmentation))]
public sealed class NewCnnAugmentationCommand : CnnCommand
{
    /// <summary>An augmentation to start from; by default none.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public Augmentation InputObject { get; set; } = new();

    /// <summary>Whole pixels, in both directions.</summary>
    [Parameter]
    [Number(typeof(int))]
    public int? Shift { get; set; }

    /// <summary>Degrees, either way.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? Rotation { get; set; }

    /// <summary>A share of width and height.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? Scale { get; set; }

    /// <summary>Degrees by which vertical lines are slanted, either way.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? Shear { get; set; }

    /// <summary>α of the elastic distortion.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? ElasticStrength { get; set; }

    /// <summary>σ of the elastic distortion, in pixels.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? ElasticSmoothness { get; set; }

    /// <summary>The probability that a rectangle is erased.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? EraseProbability { get; set; }

    /// <summary>The largest share of a picture that is erased.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? EraseArea { get; set; }

    /// <summary>How much the brightness changes.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? Brightness { get; set; }

    /// <summary>How much the contrast changes.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? Contrast { get; set; }

    /// <summary>How much the saturation changes.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? Saturation { get; set; }

    /// <summary>Mirrors half of the pictures in each epoch, the others in the next.</summary>
    [Parameter]
    public SwitchParameter Mirror { get; set; }

    /// <summary>What fills the area from outside a picture.</summary>
    [Parameter]
    public Border? Border { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        Augmentation given = InputObject;
        Augmentation augmentation = given with
        {
            Shift = Shift ?? given.Shift,
            Rotation = Rotation ?? given.Rotation,
            Scale = Scale ?? given.Scale,
            Shear = Shear ?? given.Shear,
            ElasticStrength = ElasticStrength ?? given.ElasticStrength,
            ElasticSmoothness = ElasticSmoothness ?? given.ElasticSmoothness,
            EraseProbability = EraseProbability ?? given.EraseProbability,
            EraseArea = EraseArea ?? given.EraseArea,
            Brightness = Brightness ?? given.Brightness,
            Contrast = Contrast ?? given.Contrast,
            Saturation = Saturation ?? given.Saturation,

            // -Mirror:$false removes it again.
            Mirror = MyInvocation.BoundParameters.ContainsKey(nameof(Mirror)) ? Mirror : given.Mirror,
            Border = Border ?? given.Border,
        };
        augmentation.Check();
        WriteObject(augmentation);
    });
}
