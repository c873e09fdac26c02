using System.Management.Automation;
using Cnn.Memory;
using Cnn.Models;
using Cnn.Onnx;
using Cnn.Serialization;

namespace Cnn.PowerShell;

/// <summary>Import-CnnModel: loads models and ensembles from safetensors files, models from checkpoints, and networks of other programs from ONNX files.</summary>
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

    /// <summary>The files, without wildcard expansion.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The format; by default it follows from the extension of the file.</summary>
    [Parameter]
    public ModelFormat? Format { get; set; }

    /// <summary>Channels, height and width of an image, if an ONNX graph leaves them open.</summary>
    [Parameter]
    [ShapeTransformation]
    public Shape? InputShape { get; set; }

    /// <summary>The value of the lightest pixel that an ONNX graph was made for.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double? InputRange { get; set; }

    /// <summary>The mean that was subtracted from pixels between 0 and 1 before a network of another program, one number for each channel.</summary>
    [Parameter]
    [Number(typeof(double))]
    [ValidateNotNullOrEmpty]
    public double[]? Mean { get; set; }

    /// <summary>The standard deviation by which pixels were divided before a network of another program, one number for each channel.</summary>
    [Parameter]
    [Number(typeof(double))]
    [ValidateNotNullOrEmpty]
    public double[]? StandardDeviation { get; set; }

    /// <summary>The network for the tensors of another program; it does not change.</summary>
    [Parameter]
    [LiveObject]
    public Model? Model { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => AttemptEach(
        ParameterSetName == LiteralPathSet ? LiteralPath : Path, ParameterSetName == LiteralPathSet, file => WriteObject(Load(file)));

    private IClassifier Load(string file)
    {
        if (System.IO.Path.GetExtension(file).ToUpperInvariant() is ".PT" or ".PTH")
        {
            throw Pickle(file);
        }

        ModelFormat format = Format ?? ModelFormats.OfPath(file);
        ModelFormats.RequireOnnx(this, format, Model == null ? [nameof(InputShape), nameof(InputRange), nameof(Mean), nameof(StandardDeviation)] : [nameof(InputShape), nameof(InputRange)]);
        if (Model != null && format != ModelFormat.Safetensors)
        {
            throw new CnnException(
                "ModelFormatSetting",
                CnnErrorKind.InvalidArgument,
                $"-Model is the network for the tensors of a safetensors file, but the format is {format}: leave -Model out, or pass a safetensors file.")
            { Target = format };
        }

        return format switch
        {
            ModelFormat.Onnx => OnnxFile.Load(file, new OnnxImportOptions(InputShape, InputRange, Singles(Mean), Singles(StandardDeviation))),
            ModelFormat.Npz => throw new CnnException(
                "ModelFormatWeights",
                CnnErrorKind.InvalidArgument,
                $"'{file}' cannot be imported: an npz file contains weights without their layers. Import the safetensors or the ONNX file of the model.")
            { Target = file },
            _ => Model == null ? ModelFile.LoadClassifier(file) : WeightsFile.Load(file, Model, GivenNormalization(Model)),
        };
    }

    private Normalization? GivenNormalization(Model network) => Mean == null && StandardDeviation == null
        ? null
        : new Normalization(Singles(Mean) ?? new float[network.InputShape.Channels], Singles(StandardDeviation) ?? [.. Enumerable.Repeat(1f, network.InputShape.Channels)]);

    private static CnnException Pickle(string file)
    {
        string target = System.IO.Path.ChangeExtension(System.IO.Path.GetFileName(file), ".safetensors");
        return new CnnException(
            "ModelFormatPickle",
            CnnErrorKind.InvalidArgument,
            $"'{file}' cannot be imported: it is a PyTorch pickle, which can run code. In Python, these two lines write its tensors as a safetensors file, "
            + $"for a network given by -Model:{Environment.NewLine}    import torch, safetensors.torch{Environment.NewLine}"
            + $"    safetensors.torch.save_file(torch.load('{System.IO.Path.GetFileName(file)}', map_location='cpu', weights_only=True), '{target}')")
        { Target = file };
    }

    private static float[]? Singles(double[]? numbers) => numbers?.Select(number => (float)number).ToArray();
}
