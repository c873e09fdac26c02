using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Invoke-CnnAugmentation: distorts images as in a training, to look at them or to keep them.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "CnnAugmentation")]
[OutputType(typeof(ImageSet))]
public sealed class InvokeCnnAugmentationCommand : CnnCommand
{
    /// <summary>The augmentation.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [TrialValue(typeof(Augmentation))]
    public Augmentation Augmentation { get; set; } = null!;

    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The seed; by default a random one.</summary>
    [Parameter]
    [Number(typeof(ulong))]
    public ulong? Seed { get; set; }

    /// <summary>The number of versions of each image.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() => WriteObject(Augmentation.Apply(Data, Seed ?? RandomSeed.Draw(), Count)));
}
