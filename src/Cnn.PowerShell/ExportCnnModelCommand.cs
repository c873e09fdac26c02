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

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        string path = FileSystemPath.Literal(this, Path);
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
