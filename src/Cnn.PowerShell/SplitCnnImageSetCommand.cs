using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Split-CnnImageSet: holds out a part of each class of an image set.</summary>
[Cmdlet(VerbsCommon.Split, "CnnImageSet", DefaultParameterSetName = FractionSet)]
[OutputType(typeof(ImageSet))]
public sealed class SplitCnnImageSetCommand : CnnCommand
{
    private const string FractionSet = "Fraction";
    private const string CountSet = "Count";

    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The share of the images that is held out.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = FractionSet)]
    [Number(typeof(double))]
    public double Fraction { get; set; }

    /// <summary>The number of images that are held out.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CountSet)]
    [Number(typeof(int))]
    public int Count { get; set; }

    /// <summary>The seed that draws.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong Seed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        (ImageSet remaining, ImageSet heldOut) = ParameterSetName == CountSet
            ? StratifiedSplit.ByCount(Data, Count, Seed)
            : StratifiedSplit.ByFraction(Data, Fraction, Seed);
        WriteObject(remaining);
        WriteObject(heldOut);
    });
}
