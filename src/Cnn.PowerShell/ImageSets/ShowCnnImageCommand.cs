using System.Management.Automation;
using Cnn.Data;
using Cnn.Pictures;
using Cnn.PowerShell.Formatting;

namespace Cnn.PowerShell;

/// <summary>Show-CnnImage: draws images with the characters of the terminal.</summary>
[Cmdlet(VerbsCommon.Show, "CnnImage", DefaultParameterSetName = DataSet)]
[OutputType(typeof(string))]
public sealed class ShowCnnImageCommand : CnnCommand
{
    private const string DataSet = "Data";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <summary>The image set.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = DataSet)]
    [LiveObject]
    [Alias("ImageSet")]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The images to draw, from 0.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = DataSet)]
    [Number(typeof(int))]
    public int[]? Index { get; set; }

    /// <summary>Draws only images of these classes.</summary>
    [Parameter(ParameterSetName = DataSet)]
    [ArgumentCompleter(typeof(ClassNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Class { get; set; }

    /// <summary>The largest number of images that are drawn; by default all that -Index names, or else one.</summary>
    [Parameter(ParameterSetName = DataSet)]
    [Number(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>The prediction to write above the image.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = DataSet)]
    public string? Prediction { get; set; }

    /// <summary>Picture files, wildcards permitted.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Picture files, without wildcard expansion.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The largest number of columns of a drawing; by default those of the terminal.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, 10_000)]
    public int? Width { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case DataSet:
                Attempt(() =>
                {
                    foreach (int index in Chosen())
                    {
                        Attempt(() => Draw(index));
                    }
                });
                break;
            case LiteralPathSet:
                AttemptEach(LiteralPath, areLiteral: true, Draw);
                break;
            default:
                AttemptEach(Path, areLiteral: false, Draw);
                break;
        }
    }

    private IEnumerable<int> Chosen()
    {
        IEnumerable<int> ofClass = Class == null ? Enumerable.Range(0, Data.Count) : Data.IndicesOf(Class);
        if (Index == null)
        {
            return ofClass.Take(Count ?? 1);
        }

        return (Class == null ? Index : Index.Where(ofClass.ToHashSet().Contains)).Take(Count ?? int.MaxValue);
    }

    private void Draw(int index)
    {
        Picture picture = Data.ToPicture(index);
        string where = Data.Count == 1 ? Data.Name : $"{Data.Name} {index}";
        string said = string.IsNullOrEmpty(Prediction) ? "" : $", predicted {Prediction}";
        Draw(picture, $"{where}: {Data.ClassNames[Data.Label(index)]}{said}");
    }

    private void Draw(string file)
    {
        StoppingToken.ThrowIfCancellationRequested();
        Picture picture = PictureReader.Read(file, channels: 3, WriteWarning);
        Draw(picture, FormattableString.Invariant($"{System.IO.Path.GetFileName(file)}: {picture.Width}×{picture.Height} pixels"));
    }

    private void Draw(Picture picture, string caption)
    {
        WriteObject(caption);
        WriteObject(ImageDrawing.Lines(picture, Width ?? Terminal.Width(Host), Terminal.ShowsColours(this)), enumerateCollection: true);
    }
}
