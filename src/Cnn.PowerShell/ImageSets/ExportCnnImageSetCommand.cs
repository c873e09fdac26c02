using System.Management.Automation;
using Cnn.Data;
using Cnn.Pictures;

namespace Cnn.PowerShell;

/// <summary>Export-CnnImageSet: writes image sets, each as a folder of PNG or IDX files.</summary>
[Cmdlet(VerbsData.Export, "CnnImageSet", SupportsShouldProcess = true)]
[OutputType(typeof(ImageSet))]
public sealed class ExportCnnImageSetCommand : CnnCommand
{
    /// <summary>The folder; wildcards are not expanded.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The label.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public ImageSetFormat Format { get; set; }

    /// <summary>The images.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The classes whose images are written; by default all.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClassNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Class { get; set; }

    /// <summary>Writes into a folder that already has files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Passes the image set on.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        string path = FileSystemPath.Literal(this, Path);
        ImageSet images = Class == null ? Data : Data.Select(Data.IndicesOf(Class), Data.Name);
        if (!ShouldProcess(path, $"Write {images.Count} images of {images.Name} as {Format}"))
        {
            return;
        }

        if (Format == ImageSetFormat.Png)
        {
            WritePictures(images, path);
        }
        else
        {
            IdxFolder.Write(images, path, Format == ImageSetFormat.CompressedIdx, Force);
        }

        if (PassThru)
        {
            WriteObject(Data);
        }
    });

    private void WritePictures(ImageSet images, string path)
    {
        var progress = new ProgressReporter(this, $"Writing {images.Name}");
        PictureFolder.Write(
            images,
            path,
            PictureWriter.Encode,
            Force,
            written =>
            {
                if (progress.IsDue)
                {
                    progress.Report(FormattableString.Invariant($"{written:N0} of {images.Count:N0} images"), (double)written / images.Count);
                }
            },
            StoppingToken);
        progress.Complete();
    }
}
