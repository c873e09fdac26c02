using System.Management.Automation;
using Cnn.Data;

namespace Cnn.PowerShell;

/// <summary>The common base of the cmdlets that read a data set by its name.</summary>
public abstract class DatasetCommand : CnnCommand
{
    /// <summary>The part of the data set.</summary>
    [Parameter(Position = 1)]
    public DataSubset Subset { get; set; } = DataSubset.Train;

    /// <summary>The number of images to take; by default or if it is larger, all.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, int.MaxValue)]
    public int First { get; set; } = int.MaxValue;

    /// <summary>The number of images to leave out at the beginning.</summary>
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
    /// <param name="variant">The variant of the data set.</param>
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
