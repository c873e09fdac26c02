using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Merge-CnnImageSet: merges image sets.</summary>
[Cmdlet(VerbsData.Merge, "CnnImageSet")]
[OutputType(typeof(ImageSet))]
public sealed class MergeCnnImageSetCommand : CnnCommand
{
    private readonly List<ImageSet> _sets = [];

    /// <summary>The image sets.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [LiveObject]
    public ImageSet[] Data { get; set; } = [];

    /// <summary>The name of the new set.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _sets.AddRange(Data);

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
        WriteObject(ImageSetMerger.Merge(_sets, Name ?? string.Join(" + ", _sets.Select(set => set.Name)))));
}
