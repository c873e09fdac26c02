using System.Management.Automation;
using Cnn.Interchange;
using Cnn.Models;

namespace Cnn.PowerShell;

/// <summary>Export-CnnModel: saves models and ensembles, each as one safetensors file.</summary>
[Cmdlet(VerbsData.Export, "CnnModel", SupportsShouldProcess = true)]
[OutputType(typeof(Model), typeof(Ensemble))]
public sealed class ExportCnnModelCommand : CnnCommand
{
    /// <summary>The file; wildcards are taken as they are.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The model, or an ensemble.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [LiveObject]
    public IClassifier Model { get; set; } = null!;

    /// <summary>Replaces a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Passes the model on.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Endings that promise a file of another program. A file of this one under such a name could be opened by neither.</summary>
    private static readonly string[] OtherEndings =
    [
        ".onnx", ".h5", ".hdf5", ".keras", ".pt", ".pth", ".pkl", ".pickle", ".pb", ".tflite", ".mlmodel", ".mlpackage", ".npz", ".npy", ".mat", ".caffemodel", ".gguf",
        ".ckpt", ".bin", ".zip", ".json", ".csv", ".txt", ".png", ".svg", ".jpg",
    ];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        string path = FileSystemPath.Literal(this, Path);
        if (OtherEndings.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
        {
            throw new CnnException(
                "ModelFileEnding",
                CnnErrorKind.InvalidArgument,
                $"A model is written as a safetensors file, and '{System.IO.Path.GetFileName(path)}' ends as one of another format: end the name in .safetensors.")
            { Target = path };
        }

        if (!ShouldProcess(path, $"Save the {(Model is Ensemble ? "ensemble" : "model")} {Model.Name}"))
        {
            return;
        }

        if (Model is Ensemble ensemble)
        {
            ModelFile.Save(ensemble, path, Force);
        }
        else
        {
            ModelFile.Save((Model)Model, path, Force);
        }

        if (PassThru)
        {
            WriteObject(Model);
        }
    });
}
