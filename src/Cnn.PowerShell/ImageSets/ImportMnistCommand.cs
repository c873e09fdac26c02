using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Import-Mnist: reads MNIST or Fashion-MNIST, and downloads it if necessary.</summary>
[Cmdlet(VerbsData.Import, "Mnist")]
[OutputType(typeof(ImageSet))]
public sealed class ImportMnistCommand : DatasetCommand
{
    /// <summary>Which data set.</summary>
    [Parameter(Position = 0)]
    [ValidateSet(nameof(Dataset.Mnist), nameof(Dataset.FashionMnist))]
    public Dataset Dataset { get; set; } = Dataset.Mnist;

    /// <inheritdoc/>
    protected override void EndProcessing() => WriteImages(Dataset, variant: null);
}
