using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>What the cmdlets share that read a data set by its name.</summary>
public abstract class DatasetCommand : CnnCommand
{
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

    /// <summary>Writes the images of a data set.</summary>
    /// <param name="dataset">Which one.</param>
    /// <param name="variant">Which images and classes of it.</param>
    private protected void WriteImages(Dataset dataset, DatasetVariant? variant) => Require(() =>
    {
        var progress = new ProgressReporter(this, $"Getting {dataset}");
        ImageSet all = new DatasetLoader().Load(
            dataset, Subset, Path == null ? null : FileSystemPath.Literal(this, Path), download => Show(progress, download), StoppingToken, variant);
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
