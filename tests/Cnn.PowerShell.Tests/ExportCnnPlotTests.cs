using System.Management.Automation;
using System.Xml.Linq;

namespace Cnn.PowerShell.Tests;

public sealed class ExportCnnPlotTests : IClassFixture<Session>, IDisposable
{
    private readonly Session _session;
    private readonly TemporaryFolder _folder = new();

    public ExportCnnPlotTests(Session session)
    {
        _session = session.WithMnist(train: 2_000, test: 500);
        session.Set("folder", _folder.Path);
        session.Run("""
            $null = $ExecutionContext.SessionState.Path.SetLocation($folder)
            if (-not $result) {
                $result = New-CnnModel Baseline -Seed 1 | Invoke-CnnTraining $train -ValidationData $test -Epochs 2
                $report = $result | Measure-CnnAccuracy $test -MisclassifiedCount 6
            }
            """);
    }

    public void Dispose()
    {
        _session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation('/')");
        _folder.Dispose();
    }

    [Theory]
    [InlineData("$result | Export-CnnPlot ./a.svg", "Batch", "Loss (nats an image, logarithmic)", "each batch")]
    [InlineData("$result | Export-CnnPlot ./a.svg -Kind Loss", "Baseline: loss over 2 epochs, batches of 32")]
    [InlineData("$result | Export-CnnPlot ./a.svg -Kind Accuracy", "Epoch", "Accuracy on the validation images (%)")]
    [InlineData("$result | Export-CnnPlot ./a.svg -Kind Filters", "Baseline, Convolution1: 8 filters 5×5")]
    [InlineData("$report | Export-CnnPlot ./a.svg", "Class", "Recall (% of the class's images)")]
    [InlineData("$report | Export-CnnPlot ./a.svg Confusion", "Label", "Prediction")]
    [InlineData("$report | Export-CnnPlot ./a.svg Filters -Layer convolution2", "Baseline, Convolution2: 8 filters 5×5 (filter, channel)")]
    [InlineData("$result.Model | Export-CnnPlot ./a.svg", "Baseline, Convolution1: 8 filters 5×5")]
    [InlineData("$result.Model | Export-CnnPlot ./a.svg -Layer Convolution2", "Baseline, Convolution2: 8 filters 5×5 (filter, channel)")]
    [InlineData("$test | Export-CnnPlot ./a.svg", "MNIST test: 60 of 500 images")]
    [InlineData("$result.Model | Export-CnnPlot ./a.svg Activations -Data $test.Slice(3, 1)", "Baseline, Convolution1: 8 maps 24×24 of MNIST test, image 0", "8", "0")]
    [InlineData("$result | Export-CnnPlot ./a.svg Activations -Data $test -Layer maxpooling1 -Count 5", "Baseline, MaxPooling1: 5 of 8 maps 10×10 of MNIST test, image 0")]
    [InlineData("$result | Export-CnnPlot ./a.svg ClassActivation -Data $test -Count 4", "Baseline, Relu2: what speaks for the class, 4 images of MNIST test")]
    [InlineData("$result.Model | Export-CnnPlot ./a.svg ClassActivation -Data $test.Slice(0, 1) -Layer Convolution1 -ClassName 3", "Baseline, Convolution1: what speaks for the class, 1 image of MNIST test", "7 → 3")]
    [InlineData("$report | Export-CnnPlot ./a.svg ClassActivation -Count 3", "Baseline, Relu2: what speaks for the class, 3 images of MNIST test")]
    [InlineData("$test | Export-CnnPlot ./a.svg -Count 7", "MNIST test: 7 of 500 images")]
    [InlineData("Export-CnnPlot -InputObject $test -LiteralPath a.svg -Title 'Some digits'", "Some digits")]
    public void Each_kind_is_drawn_with_its_texts(string script, params string[] texts)
    {
        Outcome outcome = _session.Run(script);
        Assert.Empty(outcome.Errors);
        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Output);
        string[] written = [.. XDocument.Load(_folder.File("a.svg")).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value.Trim())];
        Assert.All(texts, text => Assert.Contains(text, written));
        Assert.Equal(["a.svg"], Files());
    }

    [Fact]
    public void Mistakes_are_drawn_with_label_and_prediction()
    {
        Assert.Empty(_session.Run("$report | Export-CnnPlot ./a.svg -Kind Misclassified -Count 5").Errors);
        string[] written = [.. XDocument.Load(_folder.File("a.svg")).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value.Trim())];
        Assert.Equal(5, written.Count(text => text.Contains('→') && !text.Contains("MNIST")));
        Assert.Contains($"{_session.Single<string>("\"$($report.Misclassified[0].Label) → $($report.Misclassified[0].Prediction)\"")}", written);
    }

    [Fact]
    public void A_png_has_the_size_that_is_asked_for()
    {
        FileInfo file = _session.Single<FileInfo>("$report | Export-CnnPlot ./a.png -Width 500 -Height 300 -PassThru");
        Assert.Equal(_folder.File("a.png"), file.FullName);
        byte[] bytes = File.ReadAllBytes(file.FullName);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], bytes[..4]);
        Assert.Equal([0, 0, 500 >> 8, 500 & 255, 0, 0, 300 >> 8, 300 & 255], bytes[16..24]);
    }

    [Fact]
    public void A_script_block_names_a_file_for_each_object()
    {
        Assert.Empty(_session.Run("$result, $report, $result.Model, $test | Export-CnnPlot -Path { \"$($_.GetType().Name).png\" }").Errors);
        Assert.Equal(["AccuracyReport.png", "ImageSet.png", "Model.png", "TrainingResult.png"], Files());
    }

    [Fact]
    public void An_object_that_cannot_be_drawn_is_an_error_of_its_own()
    {
        Outcome outcome = _session.Run("$report, 'text', $test | Export-CnnPlot -Path { \"$($_.GetType().Name).png\" }");
        Assert.Equal("PlotInput", Assert.Single(outcome.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(["AccuracyReport.png", "ImageSet.png"], Files());
    }

    [Fact]
    public void The_results_of_a_sweep_are_drawn_together()
    {
        Outcome outcome = _session.Run("""
            $sweep = New-CnnSweep @{ LearningRate = 0.001, 0.002; BatchSize = 16, 32, 64 } -Preset Baseline | Invoke-CnnSweep $train.Slice(0, 400) $test
            $sweep | Export-CnnPlot ./two.svg
            Export-CnnPlot ./one.svg -InputObject $sweep -Parameter BatchSize
            """);
        Assert.Empty(outcome.Errors);
        Assert.Contains(">LearningRate<", Compact("two.svg"));
        Assert.Contains(">BatchSize<", Compact("two.svg"));
        Assert.DoesNotContain(">LearningRate<", Compact("one.svg"));
        Assert.Contains("Accuracyby", Compact("one.svg"));
        ErrorRecord error = _session.Fails("$sweep | Export-CnnPlot ./c.svg -Parameter Momentum", "PlotParameter", ErrorCategory.InvalidArgument);
        Assert.Contains("LearningRate", error.Exception.Message);
        _session.Fails("$sweep | Export-CnnPlot ./c.svg -Kind Loss", "PlotKind", ErrorCategory.InvalidArgument);
        Assert.Equal(["one.svg", "two.svg"], Files());
    }

    [Theory]
    [InlineData("$result | Export-CnnPlot ./a.jpg", "PlotFormat", ErrorCategory.InvalidArgument, ".png or .svg")]
    [InlineData("$result | Export-CnnPlot ./a", "PlotFormat", ErrorCategory.InvalidArgument, ".png or .svg")]
    [InlineData("$result | Export-CnnPlot ./a.jpg -WhatIf", "PlotFormat", ErrorCategory.InvalidArgument, ".png or .svg")]
    [InlineData("$result | Export-CnnPlot ./a.png -Kind Recall", "PlotKind", ErrorCategory.InvalidArgument, "Loss, Accuracy, Filters, Activations, ClassActivation")]
    [InlineData("$test | Export-CnnPlot ./a.png -Kind Loss", "PlotKind", ErrorCategory.InvalidArgument, "Images")]
    [InlineData("$test | Export-CnnPlot ./a.png -Layer Convolution1", "PlotKind", ErrorCategory.InvalidArgument, "Images")]
    [InlineData("$report | Export-CnnPlot ./a.png -Kind Nonsense", "CannotConvertArgumentNoMessage", ErrorCategory.InvalidArgument, "Confusion")]
    [InlineData("$report | Export-CnnPlot ./a.png -Kind Recall -Count 4", "PlotOption", ErrorCategory.InvalidArgument, "Images and Misclassified and Activations")]
    [InlineData("$report | Export-CnnPlot ./a.png -Kind Recall -Layer Convolution1", "PlotOption", ErrorCategory.InvalidArgument, "Filters")]
    [InlineData("$result.Model | Export-CnnPlot ./a.png -Kind Activations", "PlotDataRequired", ErrorCategory.InvalidArgument, "-Data")]
    [InlineData("$result | Export-CnnPlot ./a.png -Kind ClassActivation", "PlotDataRequired", ErrorCategory.InvalidArgument, "-Data")]
    [InlineData("$result.Model | Export-CnnPlot ./a.png -Kind Activations -Data $test -Layer Dense1", "PlotLayer", ErrorCategory.InvalidArgument, "GetActivations")]
    [InlineData("$result.Model | Export-CnnPlot ./a.png -Kind ClassActivation -Data $test -Layer Dense1", "LayerWithoutMaps", ErrorCategory.InvalidArgument, "Relu2")]
    [InlineData("$result.Model | Export-CnnPlot ./a.png -Kind ClassActivation -Data $test -ClassName cat", "ClassUnknown", ErrorCategory.InvalidArgument, "'cat'")]
    [InlineData("$result.Model | Export-CnnPlot ./a.png -Data $test", "PlotOption", ErrorCategory.InvalidArgument, "Activations and ClassActivation")]
    [InlineData("$result.Model | Export-CnnPlot ./a.png -ClassName 3", "PlotOption", ErrorCategory.InvalidArgument, "ClassActivation")]
    [InlineData("$result | Measure-CnnAccuracy $test | Export-CnnPlot ./a.png ClassActivation", "PlotNoData", ErrorCategory.InvalidArgument, "-MisclassifiedCount")]
    [InlineData("$report | Export-CnnPlot ./a.png -Parameter Seed", "PlotOption", ErrorCategory.InvalidArgument, "Sweep")]
    [InlineData("$result.Model | Export-CnnPlot ./a.png -Layer Convolution9", "LayerUnknown", ErrorCategory.InvalidArgument, "Convolution2")]
    [InlineData("$result.Model | Export-CnnPlot ./a.png -Layer Dense1", "PlotLayer", ErrorCategory.InvalidArgument, "Convolution1, Convolution2")]
    [InlineData("$result | Measure-CnnAccuracy $test | Export-CnnPlot ./a.png Misclassified", "PlotNoData", ErrorCategory.InvalidArgument, "-MisclassifiedCount")]
    [InlineData("New-CnnModel Baseline | Invoke-CnnTraining $train.Slice(0, 64) | Export-CnnPlot ./a.png Accuracy", "PlotNoData", ErrorCategory.InvalidArgument, "-ValidationData")]
    [InlineData("$test | Export-CnnPlot ./a.png -Count 2000 -Width 100 -Height 100", "PlotSize", ErrorCategory.InvalidArgument, "larger")]
    [InlineData("$result | Export-CnnPlot ./a.png -Width 99", "ParameterArgumentValidationError", ErrorCategory.InvalidData, "99")]
    [InlineData("$result | Export-CnnPlot ./a.png -Height 9000", "ParameterArgumentValidationError", ErrorCategory.InvalidData, "9000")]
    [InlineData("$test | Export-CnnPlot ./a.png -Count 0", "ParameterArgumentValidationError", ErrorCategory.InvalidData, "0")]
    [InlineData("7 | Export-CnnPlot ./a.png", "PlotInput", ErrorCategory.InvalidArgument, "Int32")]
    [InlineData("$result | Export-CnnPlot ./no/a.png", "FolderNotFound", ErrorCategory.ObjectNotFound, "no")]
    [InlineData("$result | Export-CnnPlot Env:/a.png", "PathNotFileSystem", ErrorCategory.InvalidArgument, "Environment")]
    public void Bad_input_is_an_error_and_nothing_is_written(string script, string errorId, ErrorCategory category, string words)
    {
        Assert.Contains(words, _session.Fails(script, errorId, category).Exception.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_file_that_exists_is_replaced_only_with_force()
    {
        File.WriteAllText(_folder.File("a.png"), "something else");
        _session.Fails("$result | Export-CnnPlot ./a.png", "FileExists", ErrorCategory.ResourceExists);
        Assert.Equal("something else", File.ReadAllText(_folder.File("a.png")));
        Assert.Empty(_session.Run("$result | Export-CnnPlot ./a.png -Force").Errors);
        Assert.Equal(0x89, File.ReadAllBytes(_folder.File("a.png"))[0]);
        Assert.Equal(["a.png"], Files());
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        Outcome outcome = _session.Run("$result | Export-CnnPlot ./a.png -PassThru -WhatIf");
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Output);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("'text' | Export-CnnPlot a.png -Layer ", "", "")]
    [InlineData("$model | Export-CnnPlot a.png -Layer ", "Convolution1,Convolution2", "convolution (8 filters 5×5)")]
    [InlineData("$result | Export-CnnPlot a.png -Layer c", "Convolution1,Convolution2", "convolution (8 filters 5×5)")]
    [InlineData("Export-CnnPlot a.png -InputObject $report -Layer convolution2", "Convolution2", "convolution (8 filters 5×5)")]
    public void Layers_are_completed(string line, string names, string toolTip)
    {
        _session.Run("$model = $result.Model");
        CommandCompletion completion;
        using (var shell = System.Management.Automation.PowerShell.Create(_session.Runspace))
        {
            completion = CommandCompletion.CompleteInput(line, line.Length, null, shell);
        }

        CompletionResult[] layers = [.. completion.CompletionMatches.Where(match => match.CompletionText.StartsWith("Convolution", StringComparison.Ordinal))];
        Assert.Equal(names, string.Join(',', layers.Select(layer => layer.CompletionText)));
        Assert.All(layers, layer => Assert.Equal(toolTip, layer.ToolTip));
    }

    private string Compact(string name) => string.Concat(File.ReadAllText(_folder.File(name)).Where(character => !char.IsWhiteSpace(character)));

    private string[] Files() => [.. Directory.GetFiles(_folder.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
}
