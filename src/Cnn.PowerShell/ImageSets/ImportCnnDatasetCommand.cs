using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Import-CnnDataset: reads a data set by its name, and downloads it if necessary.</summary>
[Cmdlet(VerbsData.Import, "CnnDataset")]
[OutputType(typeof(ImageSet))]
public sealed class ImportCnnDatasetCommand : DatasetCommand
{
    /// <summary>Which data set.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public Dataset Name { get; set; }

    /// <summary>The variant of EMNIST or CIFAR-100.</summary>
    [Parameter]
    [Alias("Split")]
    public DatasetVariant? Variant { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => WriteImages(Name, Variant);
}
