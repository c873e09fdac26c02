using System.Management.Automation;
using Cnn.Data;
using Cnn.Memory;

namespace Cnn.PowerShell;

/// <summary>New-CnnImageSet: makes an image set from arrays.</summary>
[Cmdlet(VerbsCommon.New, "CnnImageSet")]
[OutputType(typeof(ImageSet))]
public sealed class NewCnnImageSetCommand : CnnCommand
{
    /// <summary>The values of all images, one after the other, 0 to 255 or as fractions of 1.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Pixel]
    [AllowEmptyCollection]
    public byte[] Pixel { get; set; } = [];

    /// <summary>One label an image.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Number(typeof(int))]
    [AllowEmptyCollection]
    public int[] Label { get; set; } = [];

    /// <summary>Channels, height and width of an image.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ShapeTransformation]
    public Shape ImageShape { get; set; }

    /// <summary>The order of the values of an image.</summary>
    [Parameter]
    public ImageLayout Layout { get; set; }

    /// <summary>The names of the classes, by label; by default the labels themselves.</summary>
    [Parameter]
    [ValidateCount(1, ImageSet.MostClasses)]
    public string[]? ClassName { get; set; }

    /// <summary>The name of the set.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "Images";

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
        WriteObject(new ImageSet(Pixel, Label, ImageShape, ClassName ?? ImageSet.NamesByLabel(Label), Name, Layout)));
}
