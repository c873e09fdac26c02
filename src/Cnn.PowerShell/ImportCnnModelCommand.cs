using System.Management.Automation;
using Cnn.Interchange;
using Cnn.Models;

namespace Cnn.PowerShell;

/// <summary>Import-CnnModel: loads models and ensembles from safetensors files, and checkpoints as models.</summary>
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

    /// <inheritdoc/>
    protected override void ProcessRecord() => AttemptEach(
        ParameterSetName == LiteralPathSet ? LiteralPath : Path, ParameterSetName == LiteralPathSet, file => WriteObject(ModelFile.LoadClassifier(file)));
}
