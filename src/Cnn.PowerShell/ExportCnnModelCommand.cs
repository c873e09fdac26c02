using System.Management.Automation;
using Cnn.Interchange;
using Cnn.Models;

namespace Cnn.PowerShell;

/// <summary>Export-CnnModel: saves models, each as one safetensors file.</summary>
[Cmdlet(VerbsData.Export, "CnnModel", SupportsShouldProcess = true)]
[OutputType(typeof(Model))]
public sealed class ExportCnnModelCommand : CnnCommand
{
    /// <summary>The file; wildcards are taken as they are.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The model.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [LiveObject]
    public Model Model { get; set; } = null!;

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
        if (!ShouldProcess(path, $"Save the model {Model.Name}"))
        {
            return;
        }

        ModelFile.Save(Model, path, Force);
        if (PassThru)
        {
            WriteObject(Model);
        }
    });
}
