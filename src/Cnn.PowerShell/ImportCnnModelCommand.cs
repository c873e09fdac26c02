using System.Management.Automation;
using Cnn.Interchange;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Onnx;

namespace Cnn.PowerShell;

/// <summary>Import-CnnModel: loads models and ensembles from safetensors files, checkpoints as models, and networks of other programs from ONNX files.</summary>
[Cmdlet(VerbsData.Import, "CnnModel", DefaultParameterSetName = PathSet)]
[OutputType(typeof(Model), typeof(Ensemble))]
public sealed class ImportCnnModelCommand : CnnCommand
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <summary>The files, wildcards permitted.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The files, with wildcards taken as they are.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The format; where it is not given, the ending of the file says it.</summary>
    [Parameter]
    public ModelFormat? Format { get; set; }

    /// <summary>Channels, height and width of an image, where an ONNX graph leaves them open.</summary>
    [Parameter]
    [ShapeTransformation]
    public Shape? InputShape { get; set; }

    /// <summary>The value of the lightest pixel that an ONNX graph was made for.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? InputRange { get; set; }

    /// <summary>The mean that was taken from pixels between 0 and 1 before an ONNX graph got them, one a channel.</summary>
    [Parameter]
    [Number(typeof(float))]
    [ValidateNotNullOrEmpty]
    public float[]? Mean { get; set; }

    /// <summary>The standard deviation by which pixels were divided before an ONNX graph got them, one a channel.</summary>
    [Parameter]
    [Number(typeof(float))]
    [ValidateNotNullOrEmpty]
    public float[]? StandardDeviation { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => AttemptEach(
        ParameterSetName == LiteralPathSet ? LiteralPath : Path, ParameterSetName == LiteralPathSet, file => WriteObject(Load(file)));

    private IClassifier Load(string file)
    {
        ModelFormat format = Format ?? ModelFormats.OfPath(file);
        ModelFormats.RequireOnnx(this, format, nameof(InputShape), nameof(InputRange), nameof(Mean), nameof(StandardDeviation));
        return format switch
        {
            ModelFormat.Onnx => OnnxFile.Load(file, new OnnxImportOptions(InputShape, InputRange, Mean, StandardDeviation)),
            ModelFormat.Npz => throw new CnnException(
                "ModelFormatWeights",
                CnnErrorKind.InvalidArgument,
                $"'{file}' cannot be imported: an npz file holds weights without the layers that they belong to. Import the safetensors or the ONNX file of the model.")
            { Target = file },
            _ => ModelFile.LoadClassifier(file),
        };
    }
}
