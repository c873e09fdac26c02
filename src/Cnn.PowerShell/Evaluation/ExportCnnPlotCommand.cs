using System.Management.Automation;
using Cnn.Data;
using Cnn.Evaluation;
using Cnn.Models;
using Cnn.Plots;
using Cnn.Sweeps;
using Cnn.Training;

namespace Cnn.PowerShell;

/// <summary>
/// Export-CnnPlot: draws the objects from the pipeline, each into its own PNG or SVG file; all results of a sweep together, and the losses or accuracies of
/// trainings that go to the same file.
/// </summary>
[Cmdlet(VerbsData.Export, "CnnPlot", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportCnnPlotCommand : CnnCommand
{
    private const int DefaultCount = 60;

    private readonly List<SweepResult> _sweep = [];
    private readonly List<(string Path, List<TrainingResult> Results)> _trainings = [];
    private readonly HashSet<string> _drawn = [];

    /// <summary>The file, .png or .svg; wildcards are not expanded.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A training result, an accuracy report, a model, an image set, the results of a sweep, or a search for a learning rate.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [LiveObject]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>The kind of figure.</summary>
    [Parameter(Position = 1)]
    public PlotKind? Kind { get; set; }

    /// <summary>The layer whose filters or feature maps are drawn.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ConvolutionCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Layer { get; set; }

    /// <summary>The images that are shown to the model, for its feature maps.</summary>
    [Parameter]
    [LiveObject]
    public ImageSet? Data { get; set; }

    /// <summary>The class whose evidence is drawn.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ClassName { get; set; }

    /// <summary>The largest number of images or feature maps that are drawn.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(1, 2000)]
    public int Count { get; set; } = DefaultCount;

    /// <summary>One or two of the parameters that a sweep varies.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateCount(1, 2)]
    public string[]? Parameter { get; set; }

    /// <summary>The title.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Title { get; set; }

    /// <summary>Pixels.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(Figure.LeastSide, Figure.MostSide)]
    public int? Width { get; set; }

    /// <summary>Pixels.</summary>
    [Parameter]
    [Number(typeof(int))]
    [ValidateRange(Figure.LeastSide, Figure.MostSide)]
    public int? Height { get; set; }

    /// <summary>Replaces an existing file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject given in InputObject)
        {
            object input = LiveObjectAttribute.ProblemOf(given) == null ? given.BaseObject : given;
            if (input is SweepResult result)
            {
                _sweep.Add(result);
            }
            else if (input is TrainingResult training && Layer == null && Kind is null or PlotKind.Loss or PlotKind.Accuracy)
            {
                Gather(training);
            }
            else
            {
                Attempt(() => Export(input));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach ((string path, List<TrainingResult> results) in _trainings)
        {
            Path = path;
            Attempt(() => Export(results.Count == 1 ? results[0] : results));
        }

        if (_sweep.Count > 0)
        {
            Attempt(() => Export(_sweep));
        }
    }

    /// <summary>The number of trainings in a figure is known only at the end.</summary>
    private void Gather(TrainingResult training)
    {
        if (_trainings.FindIndex(file => file.Path == Path) is >= 0 and var known)
        {
            _trainings[known].Results.Add(training);
        }
        else
        {
            _trainings.Add((Path, [training]));
        }
    }

    private void Export(object input)
    {
        PlotKind[] kinds = KindsOf(input);
        PlotKind kind = Kind ?? (Layer == null ? kinds[0] : PlotKind.Filters);
        Check(input, kind, kinds);
        string path = FileSystemPath.Literal(this, Path);
        Figure.FormatOf(path);
        if (!_drawn.Add(path))
        {
            throw new CnnException(
                "PlotFileTwice",
                CnnErrorKind.InvalidArgument,
                $"'{path}' contains the figure of an earlier object of this pipeline, which is kept: only trainings and the results of a sweep share a figure. "
                + "Give each object its own file, with ForEach-Object { $_ | Export-CnnPlot … } for instance.")
            { Target = input };
        }

        if (!ShouldProcess(path, $"Draw {kind}"))
        {
            return;
        }

        Draw(input, kind).Save(path, Width, Height, Force);
        if (PassThru)
        {
            WriteObject(new FileInfo(path));
        }
    }

    /// <summary>The kinds of figures for an object, the default first.</summary>
    private static PlotKind[] KindsOf(object input) => input switch
    {
        TrainingResult => [PlotKind.Loss, PlotKind.Accuracy, PlotKind.Filters, PlotKind.Activations, PlotKind.ClassActivation],
        List<TrainingResult> => [PlotKind.Loss, PlotKind.Accuracy],
        AccuracyReport { Model: Model } => [PlotKind.Recall, PlotKind.Confusion, PlotKind.Misclassified, PlotKind.Filters, PlotKind.Activations, PlotKind.ClassActivation],

        // It would not be clear which of an ensemble's models is meant.
        AccuracyReport => [PlotKind.Recall, PlotKind.Confusion, PlotKind.Misclassified],
        Model => [PlotKind.Filters, PlotKind.Activations, PlotKind.ClassActivation],
        ImageSet => [PlotKind.Images],
        List<SweepResult> => [PlotKind.Sweep],
        LearningRateSearch => [PlotKind.LearningRate],
        _ => throw new CnnException(
            "PlotInput",
            CnnErrorKind.InvalidArgument,
            input is PSObject copy && LiveObjectAttribute.ProblemOf(copy) is { } problem
                ? problem
                : $"An object of the type {input.GetType().Name} cannot be drawn: pass a training result, an accuracy report, a model, an image set, the results of a sweep or a search for a learning rate.")
        { Target = input },
    };

    private static Model ModelOf(object input) => input switch
    {
        TrainingResult result => result.Model,
        AccuracyReport report => (Model)report.Model,
        _ => (Model)input,
    };

    private void Check(object input, PlotKind kind, PlotKind[] kinds)
    {
        if (!kinds.Contains(kind))
        {
            throw new CnnException(
                "PlotKind",
                CnnErrorKind.InvalidArgument,
                $"{kind} cannot be drawn for this {(input is List<SweepResult> ? nameof(SweepResult) : input.GetType().Name)}: the figure{(kinds.Length == 1 ? "" : "s")} for such an object {(kinds.Length == 1 ? "is" : "are")} {string.Join(", ", kinds)}.")
            { Target = input };
        }

        if (Layer != null && kind is not (PlotKind.Filters or PlotKind.Activations or PlotKind.ClassActivation))
        {
            throw WrongOption(nameof(Layer), kind, PlotKind.Filters, PlotKind.Activations, PlotKind.ClassActivation);
        }

        if (Data != null && kind is not (PlotKind.Activations or PlotKind.ClassActivation))
        {
            throw WrongOption(nameof(Data), kind, PlotKind.Activations, PlotKind.ClassActivation);
        }

        if (ClassName != null && kind != PlotKind.ClassActivation)
        {
            throw WrongOption(nameof(ClassName), kind, PlotKind.ClassActivation);
        }

        if (Data == null && (kind == PlotKind.Activations || (kind == PlotKind.ClassActivation && input is not AccuracyReport)))
        {
            throw new CnnException(
                "PlotDataRequired", CnnErrorKind.InvalidArgument, $"{kind} shows the response of a model to images, and there are none: add -Data, with $images.Slice(0, 1) for the first image of a set.")
            { Target = input };
        }

        if (Parameter != null && kind != PlotKind.Sweep)
        {
            throw WrongOption(nameof(Parameter), kind, PlotKind.Sweep);
        }

        if (MyInvocation.BoundParameters.ContainsKey(nameof(Count)) && kind is not (PlotKind.Images or PlotKind.Misclassified or PlotKind.Activations or PlotKind.ClassActivation))
        {
            throw WrongOption(nameof(Count), kind, PlotKind.Images, PlotKind.Misclassified, PlotKind.Activations, PlotKind.ClassActivation);
        }
    }

    private static CnnException WrongOption(string option, PlotKind kind, params PlotKind[] kinds) => new(
        "PlotOption",
        CnnErrorKind.InvalidArgument,
        $"-{option} has no effect on {kind}: it belongs to {string.Join(" and ", kinds)}. Leave it out, or choose another kind with -Kind.")
    { Target = option };

    private static List<(string Name, TrainingResult Result)> Named(List<TrainingResult> results)
    {
        var comparison = new TrainingComparison(results);
        return [.. results.Select((result, run) => (comparison.Title(run), result))];
    }

    /// <summary>Images at even intervals from a set; or the worst mistakes of a report.</summary>
    private List<ClassActivation> Activations(object input)
    {
        Model model = ModelOf(input);
        if (Data == null)
        {
            var report = (AccuracyReport)input;
            return report.Misclassified.Count > 0
                ? [.. report.Misclassified.Take(Count).Select(mistake => ClassActivation.Of(model, mistake.ImageSet, mistake.Index, ClassName, Layer))]
                : throw new CnnException(
                    "PlotNoData",
                    CnnErrorKind.InvalidArgument,
                    "The report lists no mistakes: measure with -MisclassifiedCount, or choose images with -Data.")
                { Target = report };
        }

        model.CheckShape(Data);
        int shown = Math.Min(Count, Data.Count);
        return [.. Enumerable.Range(0, shown).Select(place => ClassActivation.Of(model, Data, (int)((long)place * Data.Count / shown), ClassName, Layer))];
    }

    private Figure Draw(object input, PlotKind kind) => kind switch
    {
        PlotKind.Loss when input is List<TrainingResult> results => RunsPlot.OfLoss(Named(results), Title),
        PlotKind.Accuracy when input is List<TrainingResult> results => RunsPlot.OfAccuracy(Named(results), Title),
        PlotKind.Loss => LossPlot.Of((TrainingResult)input, Title),
        PlotKind.Accuracy => AccuracyPlot.Of((TrainingResult)input, Title),
        PlotKind.Recall => RecallPlot.Of((AccuracyReport)input, Title),
        PlotKind.Confusion => ConfusionPlot.Of((AccuracyReport)input, Title),
        PlotKind.Misclassified => ImageSheet.Of((AccuracyReport)input, Count, Title),
        PlotKind.Filters => FilterSheet.Of(ModelOf(input), Layer, Title),
        PlotKind.Activations => ActivationSheet.Of(ModelOf(input), Data!, 0, Layer, Count, Title),
        PlotKind.ClassActivation => ActivationSheet.Of(ModelOf(input), Activations(input), Title),
        PlotKind.LearningRate => LearningRatePlot.Of((LearningRateSearch)input, Title),
        PlotKind.Sweep => SweepPlot.Of((List<SweepResult>)input, Parameter, Title),
        _ => ImageSheet.Of((ImageSet)input, Count, Title),
    };
}
