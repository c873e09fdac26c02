using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Pictures;

namespace Cnn.PowerShell;

/// <summary>Invoke-CnnPrediction: predicts the classes of pictures and of the images of a set.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "CnnPrediction", DefaultParameterSetName = PathSet)]
[OutputType(typeof(ImagePrediction))]
public sealed class InvokeCnnPredictionCommand : ClassifyingCommand, IDisposable
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string DataSet = "Data";
    private Predictor? _predictor;

    /// <summary>The model, or an ensemble.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [LiveObject]
    public IClassifier Model { get; set; } = null!;

    /// <summary>Picture files, wildcards permitted.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Picture files, without wildcard expansion.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>A set of images.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = DataSet)]
    [LiveObject]
    public ImageSet Data { get; set; } = null!;

    /// <summary>Whether pictures are inverted; by default like the model's training images.</summary>
    [Parameter]
    public PictureInversion? Invert { get; set; }

    /// <summary>Places the drawing where MNIST has its digits; by default like the model's training images.</summary>
    [Parameter]
    public SwitchParameter Center { get; set; }

    /// <summary>How a picture of other proportions is fitted to the shape of the model's images; by default like its training images.</summary>
    [Parameter]
    public PictureFit? Fit { get; set; }

    /// <summary>The filling beside a picture that is padded; by default like the model's training images.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FillCompleter))]
    [ValidateNotNull]
    public PictureFill? Fill { get; set; }

    /// <inheritdoc/>
    public void Dispose() => _predictor?.Dispose();

    /// <inheritdoc/>
    protected override void BeginProcessing() => Require(() =>
        _predictor = new Predictor(Model, Threads, testTime: TestTime()));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case DataSet:
                Attempt(() =>
                {
                    CheckNotConverted();
                    WarnOfConversion(Model.Conversion, Data);
                    foreach (ImagePrediction prediction in _predictor!.Predict(Data, StoppingToken))
                    {
                        WriteObject(prediction);
                    }
                });
                break;
            case LiteralPathSet:
                AttemptEach(LiteralPath, areLiteral: true, Predict);
                break;
            default:
                AttemptEach(Path, areLiteral: false, Predict);
                break;
        }
    }

    /// <summary>Without this check, PowerShell would take the name of the set for the path of a picture.</summary>
    private void CheckNotConverted()
    {
        if (new[] { nameof(Invert), nameof(Center), nameof(Fit), nameof(Fill) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey) is { } conversion)
        {
            throw new CnnException(
                "ImagesNotConverted",
                CnnErrorKind.InvalidArgument,
                $"The images of '{Data.Name}' are used as they are: leave -{conversion} out. It is only for picture files.")
            { Target = Data };
        }
    }

    private void Predict(string file)
    {
        StoppingToken.ThrowIfCancellationRequested();
        Picture picture = PictureReader.Read(file, Model.InputShape.Channels, WriteWarning);
        WriteObject(_predictor!.Predict(picture, file, Invert, MyInvocation.BoundParameters.ContainsKey(nameof(Center)) ? Center : null, Fit, Fill));
    }
}
