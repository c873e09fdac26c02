using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>Import-Mnist: reads MNIST or Fashion-MNIST, and gets it first where it is not there yet.</summary>
[Cmdlet(VerbsData.Import, "Mnist")]
[OutputType(typeof(ImageSet))]
public sealed class ImportMnistCommand : CnnCommand
{
    /// <summary>Which data set.</summary>
    [Parameter(Position = 0)]
    public Dataset Dataset { get; set; } = Dataset.Mnist;

    /// <summary>Which part of it.</summary>
    [Parameter(Position = 1)]
    public DataSubset Subset { get; set; } = DataSubset.Train;

    /// <summary>How many images to take; all where it is not given or larger.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, int.MaxValue)]
    public int First { get; set; } = int.MaxValue;

    /// <summary>How many images to leave out at the beginning.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, int.MaxValue)]
    public int Skip { get; set; }

    /// <summary>A folder with the published files; then nothing is downloaded or cached.</summary>
    [Parameter]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() =>
    {
        var progress = new ProgressReporter(this, $"Getting {Dataset}");
        ImageSet all = new DatasetLoader().Load(
            Dataset, Subset, Path == null ? null : FileSystemPath.Literal(this, Path), download => Show(progress, download), StoppingToken);
        progress.Complete();
        WriteObject(all.Slice(Skip, Math.Min(First, Math.Max(0, all.Count - Skip))));
    });

    private static void Show(ProgressReporter progress, DownloadProgress download)
    {
        if (progress.IsDue)
        {
            progress.Report($"{download.File} from {download.Source}", download.Fraction);
        }
    }
}
