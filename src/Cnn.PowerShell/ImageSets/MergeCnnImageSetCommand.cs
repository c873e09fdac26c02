using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Merge-CnnImageSet: puts image sets together.</summary>
[Cmdlet(VerbsData.Merge, "CnnImageSet")]
[OutputType(typeof(ImageSet))]
public sealed class MergeCnnImageSetCommand : CnnCommand
{
    private readonly List<ImageSet> _sets = [];

    /// <summary>The image sets.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [LiveObject]
    public ImageSet[] Data { get; set; } = [];

    /// <summary>What the new set is called.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _sets.AddRange(Data);

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
        WriteObject(ImageSetMerger.Merge(_sets, Name ?? string.Join(" + ", _sets.Select(set => set.Name)))));
}
