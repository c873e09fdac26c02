using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;

namespace Cnn.PowerShell;

/// <summary>Measure-CnnAccuracy: measures models on images whose classes are known.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "CnnAccuracy")]
[OutputType(typeof(AccuracyReport))]
public sealed class MeasureCnnAccuracyCommand : ClassifyingCommand
{
    /// <summary>The images, with their labels.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [LiveObject(NeedsImages = true)]
    public ImageSet Data { get; set; } = null!;

    /// <summary>The model, or an ensemble.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [LiveObject]
    public IClassifier Model { get; set; } = null!;

    /// <summary>The number of worst mistakes in the report.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(0, int.MaxValue)]
    public int MisclassifiedCount { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(() =>
    {
        var progress = new ProgressReporter(this, $"Measuring {Model.Name}");
        AccuracyReport report = Evaluator.Measure(
            Model,
            Data,
            Threads,
            misclassifiedCount: MisclassifiedCount,
            testTime: TestTime(),
            progress: measured =>
            {
                if (progress.IsDue)
                {
                    progress.Report(FormattableString.Invariant($"{measured:N0} of {Data.Count:N0} images"), (double)measured / Data.Count);
                }
            },
            cancellation: StoppingToken);
        progress.Complete();
        WarnOfConversion(Model.Conversion, Data);
        WriteObject(report);
    });
}
