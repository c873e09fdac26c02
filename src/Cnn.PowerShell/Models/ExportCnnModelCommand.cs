using System.Management.Automation;
using Cnn.Models;
using Cnn.Onnx;
using Cnn.Serialization;

namespace Cnn.PowerShell;

/// <summary>Export-CnnModel: saves models and ensembles, each as one file: safetensors, ONNX or npz.</summary>
[Cmdlet(VerbsData.Export, "CnnModel", SupportsShouldProcess = true)]
[OutputType(typeof(Model), typeof(Ensemble))]
public sealed class ExportCnnModelCommand : CnnCommand
{
    /// <summary>The file; wildcards are not expanded.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The model, or an ensemble.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [LiveObject]
    public IClassifier Model { get; set; } = null!;

    /// <summary>The format; by default it follows from the extension of the file.</summary>
    [Parameter]
    public ModelFormat? Format { get; set; }

    /// <summary>The version of the operators of an ONNX graph.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(OnnxExportOptions.OldestOpset, OnnxExportOptions.NewestOpset)]
    public int Opset { get; set; } = OnnxExportOptions.UsualOpset;

    /// <summary>The type of the pixels that an ONNX graph takes.</summary>
    [Parameter]
    public OnnxInputType InputType { get; set; }

    /// <summary>The value of the lightest pixel that an ONNX graph takes.</summary>
    [Parameter]
    [Number(typeof(double))]
    public double InputRange { get; set; } = 255;

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Passes the model on.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Extensions of files of other programs. Neither program could open a file of this one under such a name.</summary>
    private static readonly string[] OtherEndings =
    [
        ".h5", ".hdf5", ".keras", ".pt", ".pth", ".pkl", ".pickle", ".pb", ".tflite", ".mlmodel", ".mlpackage", ".npy", ".mat", ".caffemodel", ".gguf",
        ".ckpt", ".bin", ".zip", ".json", ".csv", ".txt", ".png", ".svg", ".jpg",
    ];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        string path = FileSystemPath.Literal(this, Path);
        ModelFormat format = Format ?? FormatOf(path);
        ModelFormats.RequireOnnx(this, format, nameof(Opset), nameof(InputType), nameof(InputRange));
        if (!ShouldProcess(path, $"Save the {(Model is Ensemble ? "ensemble" : "model")} {Model.Name}"))
        {
            return;
        }

        Save(format, path);
        if (PassThru)
        {
            WriteObject(Model);
        }
    });

    private static ModelFormat FormatOf(string path) => OtherEndings.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
        ? throw new CnnException(
            "ModelFileEnding",
            CnnErrorKind.InvalidArgument,
            $"'{System.IO.Path.GetFileName(path)}' has the extension of another format. Models are written as .safetensors, .onnx or .npz: use one of these extensions, or give the format with -Format.")
        { Target = path }
        : ModelFormats.OfPath(path);

    private void Save(ModelFormat format, string path)
    {
        switch (format)
        {
            case ModelFormat.Onnx:
                OnnxFile.Save(Model, path, Force, new OnnxExportOptions(Opset, InputType, InputRange));
                break;
            case ModelFormat.Npz:
                NpzFile.Save(Model, path, Force);
                break;
            default:
                if (Model is Ensemble ensemble)
                {
                    ModelFile.Save(ensemble, path, Force);
                }
                else
                {
                    ModelFile.Save((Model)Model, path, Force);
                }

                break;
        }
    }
}
