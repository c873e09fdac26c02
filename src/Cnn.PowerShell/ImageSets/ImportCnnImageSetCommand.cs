using System.Management.Automation;
using Cnn.Data;
using Cnn.Memory;
using Cnn.Pictures;

namespace Cnn.PowerShell;

/// <summary>Import-CnnImageSet: reads image sets from folders and archives of pictures, from tables of pixels, or from IDX files.</summary>
[Cmdlet(VerbsData.Import, "CnnImageSet", DefaultParameterSetName = PathSet)]
[OutputType(typeof(ImageSet))]
public sealed class ImportCnnImageSetCommand : CnnCommand
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string IdxSet = "Idx";

    /// <summary>The folders or archives, wildcards permitted.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The folders or archives, without wildcard expansion.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>An IDX file of images.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdxSet)]
    [ValidateNotNullOrEmpty]
    public string ImagePath { get; set; } = "";

    /// <summary>The IDX file of their labels.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdxSet)]
    [ValidateNotNullOrEmpty]
    public string LabelPath { get; set; } = "";

    /// <summary>The names of the classes, by label.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? ClassName { get; set; }

    /// <summary>Channels, height and width of the images; by default those of the pictures.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ShapeTransformation]
    public Shape? ImageShape { get; set; }

    /// <summary>Whether pictures are inverted.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public PictureInversion Invert { get; set; }

    /// <summary>Places the drawing where MNIST has its digits.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Center { get; set; }

    /// <summary>How a picture of other proportions is fitted to the shape of the images.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public PictureFit? Fit { get; set; }

    /// <summary>The filling beside a picture that is padded.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ArgumentCompleter(typeof(FillCompleter))]
    [ValidateNotNull]
    public PictureFill? Fill { get; set; }

    /// <summary>Also reads the pictures in folders within the class folders.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Recurse { get; set; }

    /// <summary>The folder in an archive that contains those of the classes.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? ArchiveFolder { get; set; }

    /// <summary>The column of a table of pixels that contains the labels.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? LabelColumn { get; set; }

    private PictureRequest Request => new(ImageShape, Invert, Center, Fit, Fill);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case IdxSet:
                Attempt(() => WriteObject(ReadFiles()));
                break;
            case LiteralPathSet:
                AttemptEach(LiteralPath, areLiteral: true, folder => WriteObject(ReadFolder(folder)));
                break;
            default:
                AttemptEach(Path, areLiteral: false, folder => WriteObject(ReadFolder(folder)));
                break;
        }
    }

    private ImageSet ReadFiles()
    {
        string images = FileSystemPath.Literal(this, ImagePath);
        return IdxReader.Read(images, FileSystemPath.Literal(this, LabelPath), ClassName, System.IO.Path.GetFileName(images));
    }

    private ImageSet ReadFolder(string path)
    {
        if (CsvImages.IsCsv(path) && File.Exists(path))
        {
            return ReadTable(path);
        }

        if (LabelColumn != null)
        {
            throw new CnnException("CsvExpected", CnnErrorKind.InvalidArgument, $"'{path}' is not a table of pixels (.csv, .csv.gz): leave -{nameof(LabelColumn)} out.") { Target = path };
        }

        if (!IdxFolder.IsIdxFolder(path))
        {
            return ReadPictures(path);
        }

        string? conversion = new[] { nameof(ImageShape), nameof(Invert), nameof(Center), nameof(Fit), nameof(Fill), nameof(Recurse) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey);
        return conversion == null
            ? IdxFolder.Read(path, ClassName)
            : throw new CnnException(
                "IdxNotConverted", CnnErrorKind.InvalidArgument, $"The folder '{path}' contains IDX files, which are read without conversion: leave -{conversion} out.")
            { Target = path };
    }

    private ImageSet ReadTable(string path)
    {
        string? conversion = new[] { nameof(Invert), nameof(Center), nameof(Fit), nameof(Fill), nameof(Recurse), nameof(ArchiveFolder) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey);
        return conversion == null
            ? CsvImages.Read(path, LabelColumn, ImageShape, ClassName, StoppingToken)
            : throw new CnnException("CsvNotConverted", CnnErrorKind.InvalidArgument, $"The pixels of '{path}' are read without conversion: leave -{conversion} out.") { Target = path };
    }

    private ImageSet ReadPictures(string path)
    {
        ImageSet images = PictureArchive.IsArchive(path) ? ReadArchive(path) : ReadPictureFolder(path);
        WriteVerbose(
            $"{images.Count} pictures of '{path}' were converted to images {images.Conversion}"
            + (Invert == PictureInversion.Auto ? ", judged by the borders of most of them; a model trained on them converts pictures in the same way." : "; a model trained on them converts pictures in the same way."));
        return images;
    }

    private ImageSet ReadPictureFolder(string path)
    {
        if (ArchiveFolder != null)
        {
            throw new CnnException("ArchiveExpected", CnnErrorKind.InvalidArgument, $"'{path}' is not an archive (.zip, .tar, .tar.gz, .tgz): leave -{nameof(ArchiveFolder)} out, and pass the folder itself.")
            { Target = path };
        }

        PictureFolder folder = PictureFolder.Open(path, ClassName, Recurse);
        WarnOf(folder.SkippedFiles.Count, folder.SkippedReasons, path);
        var progress = new ProgressReporter(this, $"Reading {path}");
        ImageSet images = folder.Read(
            (file, channels) => PictureReader.Read(file, channels, WriteWarning),
            Request,
            error => WriteError(CnnErrorRecord.Of(error)),
            read => Report(progress, read, folder.Count),
            StoppingToken);
        progress.Complete();
        return images;
    }

    private ImageSet ReadArchive(string path)
    {
        PictureArchive archive = PictureArchive.Open(path, ArchiveFolder, ClassName, Recurse, StoppingToken);
        WarnOf(archive.SkippedFiles.Count, archive.SkippedReasons, path);
        var progress = new ProgressReporter(this, $"Reading {path}");
        ImageSet images = archive.Read(
            (bytes, file, channels) => PictureReader.Decode(bytes, channels, file, WriteWarning),
            Request,
            error => WriteError(CnnErrorRecord.Of(error)),
            read => Report(progress, read, archive.Count),
            StoppingToken);
        progress.Complete();
        return images;
    }

    private void WarnOf(int skipped, string reasons, string path)
    {
        if (skipped > 0)
        {
            WriteWarning(
                $"{skipped} file{(skipped == 1 ? " of" : "s of")} '{path}' {(skipped == 1 ? "is" : "are")} left out: "
                + $"{reasons}. The property SkippedFiles of the image set lists them.");
        }
    }

    private static void Report(ProgressReporter progress, int read, int count)
    {
        if (progress.IsDue)
        {
            progress.Report(FormattableString.Invariant($"{read:N0} of {count:N0} pictures"), (double)read / count);
        }
    }
}
