using System.Management.Automation;
using Cnn.Models;

namespace Cnn.PowerShell;

/// <summary>New-CnnEnsemble: combines models by averaging their probabilities.</summary>
[Cmdlet(VerbsCommon.New, "CnnEnsemble")]
[OutputType(typeof(Ensemble))]
public sealed class NewCnnEnsembleCommand : CnnCommand
{
    private readonly List<Model> _models = [];

    /// <summary>The models.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [LiveObject]
    public Model[] Model { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => _models.AddRange(Model);

    /// <inheritdoc/>
    protected override void EndProcessing() => Require(() => WriteObject(new Ensemble(_models)));
}
