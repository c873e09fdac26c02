using System.Management.Automation;
using Cnn.PowerShell.Formatting;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>Compare-CnnTraining: compares trainings side by side, with the settings that differ and their results.</summary>
[Cmdlet(VerbsData.Compare, "CnnTraining")]
[OutputType(typeof(PSObject))]
public sealed class CompareCnnTrainingCommand : CnnCommand
{
    /// <summary>The type name by which the prompt finds the view.</summary>
    private const string TypeName = "Cnn.Training.ComparisonRow";

    private readonly List<TrainingResult> _results = [];

    /// <summary>The results of the trainings.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [LiveObject]
    public TrainingResult[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => _results.AddRange(InputObject);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // The differences are known only when all results are there.
        var comparison = new TrainingComparison(_results);
        for (int run = 0; run < _results.Count; run++)
        {
            WriteObject(Row(comparison, run));
        }
    }

    private PSObject Row(TrainingComparison comparison, int run)
    {
        PSObject result = PSObject.AsPSObject(_results[run]);
        var row = new PSObject();
        row.TypeNames.Insert(0, TypeName);
        void Add(string name, object? value) => row.Properties.Add(new PSNoteProperty(name, value));
        Add("Run", run + 1);
        foreach (string name in comparison.Names)
        {
            Add(name, comparison.Value(run, name));
        }

        Add("Settings", comparison.Settings(run));
        Add("Loss", TrainingResultMembers.Loss(result));
        Add("ValidationAccuracy", TrainingResultMembers.ValidationAccuracy(result));
        Add("ValidationLoss", TrainingResultMembers.ValidationLoss(result));
        Add("Duration", _results[run].Duration);
        Add("ImagesPerSecond", _results[run].ImagesPerSecond);
        return row;
    }
}
