using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Split-CnnImageSet: holds out a part of each class of an image set, or splits it into folds.</summary>
[Cmdlet(VerbsCommon.Split, "CnnImageSet", DefaultParameterSetName = FractionSet)]
[OutputType(typeof(ImageSet), ParameterSetName = [FractionSet, CountSet])]
[OutputType(typeof(ImageSetFold), ParameterSetName = [FoldSet])]
public sealed class SplitCnnImageSetCommand : CnnCommand
{
    private const string FractionSet = "Fraction";
    private const string CountSet = "Count";
    private const string FoldSet = "Fold";

    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The share of the images that is held out.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = FractionSet)]
    [Number(typeof(double))]
    public double Fraction { get; set; }

    /// <summary>The number of images that are held out.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CountSet)]
    [Number(typeof(int))]
    public int Count { get; set; }

    /// <summary>The number of folds, each of which is held out once.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FoldSet)]
    [Number(typeof(int))]
    public int FoldCount { get; set; }

    /// <summary>The seed that draws.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong Seed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        if (ParameterSetName == FoldSet)
        {
            WriteObject(StratifiedFolds.Of(Data, FoldCount, Seed), enumerateCollection: true);
            return;
        }

        (ImageSet remaining, ImageSet heldOut) = ParameterSetName == CountSet
            ? StratifiedSplit.ByCount(Data, Count, Seed)
            : StratifiedSplit.ByFraction(Data, Fraction, Seed);
        WriteObject(remaining);
        WriteObject(heldOut);
    });
}
