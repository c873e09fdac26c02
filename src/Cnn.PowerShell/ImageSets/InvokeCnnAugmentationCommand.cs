using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Invoke-CnnAugmentation: distorts images as a training does, to look at them or to keep them.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "CnnAugmentation")]
[OutputType(typeof(ImageSet))]
public sealed class InvokeCnnAugmentationCommand : CnnCommand
{
    /// <summary>What is done to the images.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [TrialValue(typeof(Augmentation))]
    public Augmentation Augmentation { get; set; } = null!;

    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The seed; a random one where it is not given.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong? Seed { get; set; }

    /// <summary>How many versions of each image are made.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() => WriteObject(Augmentation.Apply(Data, Seed ?? RandomSeed.Draw(), Count)));
}
